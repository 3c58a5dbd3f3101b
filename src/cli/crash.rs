//! What a crash says. Never the panic's own words: they may quote a reply, and a reply may quote a key.
use std::panic::{self, PanicHookInfo};

/// Installs it, once, before anything else.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        use std::io::Write as _;
        // Nothing can be done about a closed stderr now.
        let _ = std::io::stderr().write_all(report(info).as_bytes());
    }));
}

fn report(info: &PanicHookInfo<'_>) -> String {
    let place = info
        .location()
        .map_or_else(|| "an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()));
    format!(
        "error: proto crashed at {place}; this is a bug in proto\n  \
         hint: what was recorded is safe: `proto run FILE --resume` goes on\n  \
         hint: please report the line above with the command you typed\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_crash_names_its_place_and_quotes_nothing() {
        let said = Arc::new(Mutex::new(String::new()));
        let (kept, before) = (said.clone(), panic::take_hook());
        panic::set_hook(Box::new(move |info| *kept.lock().unwrap() = report(info)));
        let crashed = std::thread::spawn(|| panic!("reply: sk-known-4f9ac1d27e")).join();
        panic::set_hook(before);
        let said = said.lock().unwrap();
        assert!(crashed.is_err() && said.contains("crash.rs"), "{said}");
        assert!(!said.contains("sk-known"), "{said}");
    }
}
