//! Why a run or an attempt failed, by the names stored in `error.type`.
use std::fmt;

/// What went wrong, and so what may be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ErrorType {
    /// An HTTP status that is not a success.
    Status(u16),
    /// Nothing accepted the connection, or its name does not resolve.
    Connection,
    /// The connection ended before a whole answer had come.
    Cut,
    /// The attempt or the run took longer than allowed.
    Timeout,
    /// The answer could not be read.
    Malformed,
    /// The answer was empty.
    Empty,
    /// The provider's filter withheld the answer.
    ContentFilter,
    /// A program ended with a status other than zero, or by a signal.
    Exit,
    /// A program could not be started.
    Spawn,
    /// The answer was larger than the cap.
    TooLarge,
    /// A simulated failure.
    Simulated,
    /// Stopped by the person (Ctrl-C).
    Cancelled,
    /// The version was stopped after its first calls all failed.
    VersionStopped,
    /// The budget was reached.
    Budget,
    /// Stopped by the race.
    RacedOut,
    /// The model still wanted tools called after as many calls as it may make.
    MaxTurns,
    /// Any other, by name (stores of later releases, imported traces).
    Other(String),
}

impl ErrorType {
    /// The stored name: an HTTP status as its digits (OpenTelemetry's rule), else a word.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Status(code) => return code.to_string(),
            Self::Other(name) => return name.clone(),
            Self::Connection => "connection",
            Self::Cut => "stream_cut",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed_reply",
            Self::Empty => "empty_reply",
            Self::ContentFilter => "content_filter",
            Self::Exit => "exit_status",
            Self::Spawn => "spawn",
            Self::TooLarge => "too_large",
            Self::Simulated => "simulated",
            Self::Cancelled => "cancelled",
            Self::VersionStopped => "version_stopped",
            Self::Budget => "budget",
            Self::RacedOut => "raced_out",
            Self::MaxTurns => "max_turns",
        }
        .to_owned()
    }

    /// The type of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        if let Ok(code) = name.parse() {
            return Self::Status(code);
        }
        let named = [
            Self::Connection,
            Self::Cut,
            Self::Timeout,
            Self::Malformed,
            Self::Empty,
            Self::ContentFilter,
            Self::Exit,
            Self::Spawn,
            Self::TooLarge,
            Self::Simulated,
            Self::Cancelled,
            Self::VersionStopped,
            Self::Budget,
            Self::RacedOut,
            Self::MaxTurns,
        ];
        named.into_iter().find(|kind| kind.name() == name).unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    /// A 401, 402 (out of credit), 403, 404 or a connection nobody accepts: every other call of the version would fail alike.
    #[must_use]
    pub fn stops_version(&self) -> bool {
        matches!(self, Self::Status(401..=404) | Self::Connection | Self::Spawn)
    }

    /// Whether it says nothing about the version (credentials, network, cancelled, budget, raced out): such a run is
    /// `not_run` and missing, never an error that scores worst.
    #[must_use]
    pub fn is_not_run(&self) -> bool {
        self.stops_version()
            || matches!(self, Self::Cancelled | Self::VersionStopped | Self::Budget | Self::RacedOut)
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for kind in
            [ErrorType::Status(429), ErrorType::Cut, ErrorType::MaxTurns, ErrorType::Other("x".into())]
        {
            assert_eq!(ErrorType::parse(&kind.name()), kind);
        }
    }
}
