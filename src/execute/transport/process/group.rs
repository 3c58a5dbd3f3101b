//! A program with everything it started: one process group, ended as one.
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// A running group; ended when dropped.
#[derive(Debug)]
pub(super) struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// The group a program was started as the leader of.
    pub(super) fn of(child: &Child) -> Self {
        Self { leader: child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) }
    }

    /// Ends whatever is left of it, once: afterwards the number may belong to others.
    pub(super) fn kill(&mut self) {
        if let Some(leader) = self.leader.take() {
            // Nobody left to end is what is wanted.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
