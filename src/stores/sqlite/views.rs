//! The SQL views: `views.sql` with its braces filled. The only link between attribute names and SQL.
use crate::otel::semconv;

/// The statements that make every view anew.
pub(super) fn sql() -> String {
    let template = include_str!("views.sql");
    let mut sql = String::with_capacity(3 * template.len());
    let (comments, body) = template.split_once("\n\n").unwrap_or(("", template));
    debug_assert!(comments.starts_with("--"));
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, behind) = after.split_once('}').unwrap_or((after, ""));
        sql.push_str(before);
        sql.push_str(&fill(inside));
        rest = behind;
    }
    sql.push_str(rest);
    sql
}

/// What stands for a brace: an attribute's name, or an expression over a table or column.
fn fill(inside: &str) -> String {
    let (word, of) = inside.split_once(' ').unwrap_or((inside, ""));
    match word {
        "uuid" => format!(
            "printf('%08x-%04x-%04x-%04x-%012x', ({of}.id_high >> 32) & 0xffffffff, ({of}.id_high >> 16) & 0xffff, \
             {of}.id_high & 0xffff, ({of}.id_low >> 48) & 0xffff, {of}.id_low & 0xffffffffffff)"
        ),
        "hex" => format!("printf('%016x%016x', {of}.id_high, {of}.id_low)"),
        "span" => {
            let (table, index) = of.split_once(' ').unwrap_or((of, "0"));
            format!("printf('%016x', ({table}.id_low & 0x3fffffffffffffff) + {index})")
        }
        "time" => format!(
            "strftime('%Y-%m-%dT%H:%M:%S', {of} / 1000000000, 'unixepoch') || printf('.%06dZ', {of} / 1000 % 1000000)"
        ),
        "digest" => format!("'sha256:' || lower(hex({of}))"),
        "label" => format!("{of}.major || '.' || {of}.minor"),
        "exception" => format!(
            "json_object('name', '{}', 'at_ns', {of}.started_ns + coalesce({of}.elapsed_ns, {of}.latency_ns, 0), \
             'attributes', json_object('{}', {of}.error_type, '{}', {of}.error_message))",
            semconv::EXCEPTION,
            semconv::EXCEPTION_TYPE,
            semconv::EXCEPTION_MESSAGE
        ),
        name => semconv::NAMES
            .iter()
            .find(|(constant, _)| *constant == name)
            .map_or_else(|| format!("unknown name {name}"), |(_, value)| (*value).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_brace_is_known_and_no_attribute_is_spelt_in_the_template() {
        assert!(!super::sql().contains("unknown name"));
        assert!(!include_str!("views.sql").contains("gen_ai."));
    }
}
