//! Exit codes, in one place. Where several hold: 130, then 3, 1, 5, 4.
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// A gate said no, or no version is eligible.
    Gate,
    /// What the person wrote: arguments, file, data.
    Input,
    /// The world: store, network, credentials of every version.
    World,
    /// Done, but some runs failed or are missing.
    Incomplete,
    /// Undecided: a tie or too little evidence, when asked to decide.
    Undecided,
    /// Interrupted, resumable.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Gate => 1,
            Self::Input => 2,
            Self::World => 3,
            Self::Incomplete => 4,
            Self::Undecided => 5,
            Self::Interrupted => 130,
        }
    }

    /// Of two outcomes the one that is reported.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Input => 6,
            Self::Interrupted => 5,
            Self::World => 4,
            Self::Gate => 3,
            Self::Undecided => 2,
            Self::Incomplete => 1,
            Self::Done => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What `proto --help` says of them.
pub const HELP: &str = "\
Exit codes:
  0    done
  1    a gate said no, or no version is eligible
  2    what you wrote: arguments, file, data
  3    the world: store, network, credentials of every version
  4    done, but some runs failed or are missing
  5    undecided: a tie or too little evidence, when asked to decide
  130  interrupted, resumable";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graver_outcome_is_reported() {
        assert_eq!(Exit::Incomplete.worse(Exit::Undecided), Exit::Undecided);
        assert_eq!(Exit::Interrupted.worse(Exit::World), Exit::Interrupted);
        assert_eq!(Exit::Done.worse(Exit::Done).code(), 0);
    }
}
