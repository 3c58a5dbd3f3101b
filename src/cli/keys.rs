//! Keys and the transport that holds them: found before anything is paid for, named in errors, never shown.
use super::error::CommandError;
use crate::execute::transport::{MissingKey, Resolved, Settings, Transport};
use crate::plan::Plan;

/// The transport with every key found, before anything is paid for.
pub fn transport(plan: &Plan) -> Result<(Transport, Vec<Resolved>), CommandError> {
    let transport = process_transport();
    let mut places = Vec::with_capacity(plan.versions.len());
    for found in look_up(plan, &transport) {
        places.extend(found.map_err(|error| missing(&error))?);
    }
    Ok((transport, places))
}

/// The same without those of judges, where nothing is judged.
///
/// # Errors
/// A version's key is missing.
pub fn unjudged(plan: &Plan) -> Result<(Transport, Vec<Resolved>), CommandError> {
    let transport = process_transport();
    let places = of_versions(plan, &transport).map(|found| found.map_err(|error| missing(&error)));
    let places = places.collect::<Result<_, _>>()?;
    Ok((transport, places))
}

/// What `proto run` would refuse for want of a variable, each once.
pub fn lacking(plan: &Plan) -> Vec<MissingKey> {
    let mut lacking: Vec<MissingKey> = Vec::new();
    for missing in look_up(plan, &process_transport()).filter_map(Result::err) {
        if !lacking.contains(&missing) {
            lacking.push(missing);
        }
    }
    lacking
}

/// The transport with what is set of the variables the plan names.
pub fn settled(plan: &Plan) -> Transport {
    let transport = process_transport();
    // What is missing is said by `lacking`.
    look_up(plan, &transport).for_each(drop);
    transport
}

/// Every version's place in order, then its judges, which need keys and no place of their own.
fn look_up(plan: &Plan, transport: &Transport) -> impl Iterator<Item = Result<Option<Resolved>, MissingKey>> {
    let places = of_versions(plan, transport).map(|found| found.map(Some));
    let judges = plan.experiment.endpoints.iter().filter(|endpoint| is_judge(plan, &endpoint.name));
    places.chain(judges.map(|endpoint| transport.resolve(endpoint).map(|_| None)))
}

/// The transport over this process's environment: the one place that reads keys.
pub fn process_transport() -> Transport {
    Transport::new(Settings::default(), |name| std::env::var(name).ok())
}

fn of_versions(plan: &Plan, transport: &Transport) -> impl Iterator<Item = Result<Resolved, MissingKey>> {
    plan.versions.iter().map(|planned| {
        transport.admit(&planned.version)?;
        transport.resolve(&planned.endpoint)
    })
}

fn missing(missing: &MissingKey) -> CommandError {
    CommandError { kind: "credentials", ..CommandError::world(missing.to_string()) }
        .hint(missing.remedy())
        .hint("or leave its versions out with `--versions`; `api_key_env: null` under `providers:` says that no key is needed")
}

fn is_judge(plan: &Plan, endpoint: &str) -> bool {
    let asks = |model: &str| model.split_once('/').is_some_and(|(provider, _)| provider == endpoint);
    plan.experiment.evaluators.iter().filter_map(|spec| spec.asked_model()).any(asks)
}
