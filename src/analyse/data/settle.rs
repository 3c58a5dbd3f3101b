//! One order of cases, clusters and runs, however the measurements came in.
use super::Data;

impl Data {
    /// Puts cases and runs in an order that is the same however the measurements came in: what is drawn at random
    /// is drawn by position. Call it after the last [`Data::push`].
    pub fn settle(&mut self) {
        let place = self.cases.settle();
        self.versions.iter_mut().for_each(|version| version.runs.settle(&place));
    }
}
