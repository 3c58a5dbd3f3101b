//! `proto doctor`: what on this machine could be in the way: store, keys, endpoints. Loopback endpoints are tried,
//! others are not called.
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::context::Context;
use super::error::CommandError;
use super::keys::process_transport;
use super::{Exit, load, place};
use crate::domain::counted;
use crate::formats;
use crate::providers::PROVIDERS;

/// Check this machine: store, keys, endpoints
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  proto doctor experiment.yaml")]
pub struct Args {
    /// Check what this experiment needs, too
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// One finding.
struct Finding {
    ok: bool,
    what: String,
    hint: Option<String>,
}

/// Looks, and says what to do.
///
/// # Errors
/// The file is wrong.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let mut findings = vec![ok(format!("proto {}", env!("CARGO_PKG_VERSION")))];
    findings.push(store(context));
    match &args.file {
        Some(file) => {
            let experiment = load::load(file, false, context)?.experiment;
            let transport = process_transport();
            for endpoint in &experiment.endpoints {
                findings.push(match transport.resolve(endpoint) {
                    Ok(_) => reachable(&endpoint.name, endpoint.base_url.as_deref()),
                    Err(missing) => bad(missing.to_string(), missing.remedy()),
                });
            }
        }
        None => findings.extend(keys()),
    }
    let healthy = findings.iter().all(|finding| finding.ok);
    if context.json {
        let rows: Vec<_> =
            findings.iter().map(|f| json!({"ok": f.ok, "what": f.what, "hint": f.hint})).collect();
        context.document("proto.doctor/1", json!({"ok": healthy, "findings": rows}))?;
    } else {
        let layout = formats::Layout { color: false, ..context.layout };
        for finding in &findings {
            let label = if finding.ok { "ok" } else { "FAIL" };
            write!(context.out, "{}", formats::sentence(label, 6, &finding.what, layout))?;
            if let Some(hint) = &finding.hint {
                write!(context.out, "{}", formats::sentence("      hint:", 12, hint, layout))?;
            }
        }
    }
    Ok(if healthy { Exit::Done } else { Exit::World })
}

fn store(context: &Context<'_>) -> Finding {
    match place::open(context, None, false) {
        Ok(store) => match store.reader().and_then(|mut reader| reader.batches()) {
            Ok(batches) => {
                ok(format!("store {} ({})", store.place(), counted(batches.len() as u64, "batch")))
            }
            Err(error) => bad(error.to_string(), "move it away; `proto run` makes a new one".to_owned()),
        },
        Err(error) if error.exit == Exit::Input => ok("store: none yet, `proto run` makes it".to_owned()),
        Err(error) => bad(error.message, "check its permissions, or name another with `--store`".to_owned()),
    }
}

/// Which providers' keys are set; the keys themselves are never read into anything that is shown.
fn keys() -> Vec<Finding> {
    let variables = PROVIDERS.rows.iter().filter_map(|row| Some((row.name, row.make.api_key_env?)));
    variables
        .map(|(name, variable)| {
            let set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
            ok(format!("{name}: {variable} is {}", if set { "set" } else { "not set" }))
        })
        .collect()
}

fn reachable(name: &str, base_url: Option<&str>) -> Finding {
    let Some(address) = base_url.and_then(loopback) else { return ok(format!("{name}: configured")) };
    let reached = address
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .is_some_and(|found| TcpStream::connect_timeout(&found, Duration::from_millis(500)).is_ok());
    if reached {
        ok(format!("{name}: something listens at {address}"))
    } else {
        bad(
            format!("{name}: nothing listens at {address}"),
            "start the server, or correct `base_url`".to_owned(),
        )
    }
}

/// `host:port` of a URL on this machine.
fn loopback(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split('/').next()?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    local.then(|| if host.contains(':') { host.to_owned() } else { format!("{host}:80") })
}

fn ok(what: String) -> Finding {
    Finding { ok: true, what, hint: None }
}

fn bad(what: String, hint: String) -> Finding {
    Finding { ok: false, what, hint: Some(hint) }
}
