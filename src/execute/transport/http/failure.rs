//! What hyper's errors mean for an attempt.
use std::error::Error;

use super::place::Place;
use crate::domain::ErrorType;
use crate::providers::Failure;

/// The failure of a request that was sent, or whose reply did not come whole.
pub(super) fn broken(error: &hyper::Error, place: &Place) -> Failure {
    // hyper counts a body that ends early as a parse error only when its framing is wrong; an end of file is a cut.
    if error.is_parse() {
        return Failure::new(
            ErrorType::Malformed,
            format!("{place} did not answer in HTTP/1.1: {}", chain(error)),
        );
    }
    let message = format!("{place} ended the connection before the whole answer had come: {}", chain(error));
    Failure::new(ErrorType::Cut, message)
}

/// An error with what caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
