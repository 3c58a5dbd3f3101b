//! What a provider says of the parameters a version sends: unknown names are warned of with the nearest known one and
//! sent all the same; names the call itself fills are refused. Knows no provider's list.
use crate::domain::Map;
use crate::registry::nearest;

use super::Remark;

/// What there is to say of parameters that are sent as written: those the call fills itself are refused, names of
/// other APIs (each with what to write instead) and unknown ones are warned of.
#[must_use]
pub fn checked(
    params: &Map,
    filled: &[(&str, &str)],
    foreign: &[(&str, &str)],
    known: &[&[&'static str]],
) -> Vec<Remark> {
    let mut remarks = reserved(params, filled);
    let mut rest = params.clone();
    rest.retain(|name, _| !filled.iter().any(|(reserved, _)| reserved == name));
    for (name, ours) in foreign {
        if rest.remove(*name).is_some() {
            let message = format!("this API has no `{name}`: write `{ours}`");
            remarks.push(warning(&format!("params.{name}"), message));
        }
    }
    remarks.extend(unknown(&rest, known));
    remarks
}

/// A warning for every parameter that is in none of the lists, in the order written.
#[must_use]
pub fn unknown(params: &Map, known: &[&[&'static str]]) -> Vec<Remark> {
    let names = || known.iter().flat_map(|list| list.iter().copied());
    params
        .keys()
        .filter(|name| !names().any(|known| known == name.as_str()))
        .map(|name| {
            let hint =
                nearest(name, names()).map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            warning(
                &format!("params.{name}"),
                format!("`{name}` is not a known parameter and is sent as written{hint}"),
            )
        })
        .collect()
}

/// A fatal remark for every parameter the call fills itself: (name, what to write instead).
#[must_use]
pub fn reserved(params: &Map, names: &[(&str, &str)]) -> Vec<Remark> {
    names
        .iter()
        .filter(|(name, _)| params.contains_key(*name))
        .map(|(name, instead)| {
            fatal(&format!("params.{name}"), format!("`{name}` is not a parameter: {instead}"))
        })
        .collect()
}

/// A remark that does not stop the plan.
#[must_use]
pub fn warning(key: &str, message: impl Into<String>) -> Remark {
    Remark { key: key.to_owned(), message: message.into(), fatal: false }
}

/// A remark that stops the plan.
#[must_use]
pub fn fatal(key: &str, message: impl Into<String>) -> Remark {
    Remark { key: key.to_owned(), message: message.into(), fatal: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_typo_is_warned_of_with_its_neighbour() {
        let params = json!({"temperature": 0, "temprature": 1}).as_object().unwrap().clone();
        let remarks = unknown(&params, &[&["temperature"], &["top_p"]]);
        assert_eq!(remarks.len(), 1);
        assert_eq!(remarks[0].key, "params.temprature");
        assert!(remarks[0].message.ends_with("did you mean `temperature`?"));
        assert!(!remarks[0].fatal);
    }
}
