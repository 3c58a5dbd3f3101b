//! Plans for tests: of an experiment that is written in the test.
use std::sync::Arc;

use super::{Plan, Selection, make};
use crate::spec::{LoadOptions, load};

/// The plan of a whole file.
pub fn plan(text: &str) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yaml");
    std::fs::write(&path, text).unwrap();
    let experiment = load(&path, &LoadOptions::default()).unwrap_or_else(|e| panic!("{}", e.render(false)));
    make(Arc::new(experiment.experiment), Selection::default()).unwrap()
}
