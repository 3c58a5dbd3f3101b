//! Asks what evaluators want asked: a judge's model or a program, through the same transport as every call, so it
//! is timed alike; priced as evaluation, never as the version's cost.
use std::sync::Arc;
use std::time::Duration;

use super::Rules;
use crate::domain::{Completion, Endpoint, JudgeCall, Map, Version};
use crate::evaluators::{Answer, Ask, Question};
use crate::execute::transport::{Resolved, Transport};
use crate::execute::{Lanes, tokens};
use crate::plan::{no_case, questioner};
use crate::prices;
use crate::providers::{Call, Failure, PROVIDERS, ProcessCall, Provider, Wire};

/// Retries of a question whose call failed.
const RETRIES: u32 = 3;

/// Asks through a transport.
#[derive(Clone, Debug)]
pub struct Asker {
    transport: Transport,
    lanes: Arc<Lanes>,
}

/// What came of a question.
#[derive(Debug)]
pub(super) struct Asked {
    pub answer: Answer,
    pub took: Duration,
    pub judge: Option<JudgeCall>,
}

impl Asker {
    /// An asker that keeps to the limits of the providers it asks.
    #[must_use]
    pub fn new(transport: Transport, lanes: Arc<Lanes>) -> Self {
        Self { transport, lanes }
    }

    pub(super) async fn ask(&self, rules: &Rules, ask: Ask) -> Asked {
        match ask {
            Ask::Nothing => Asked {
                answer: Answer::Failed("nothing was asked".into()),
                took: Duration::ZERO,
                judge: None,
            },
            Ask::Program { argv, stdin, env, timeout } => {
                let call = ProcessCall { argv, stdin, env, cwd: rules.folder.clone(), persistent: false };
                self.program(call, timeout).await
            }
            Ask::Model(question) => self.model(rules, &question).await,
        }
    }

    async fn program(&self, call: ProcessCall, timeout: Duration) -> Asked {
        let (endpoint, provider) = match row("command") {
            Ok(row) => row,
            Err(why) => return failed(why),
        };
        let place = Resolved::keyless(&endpoint.name);
        let sent = self.transport.send(&place, provider.as_ref(), &Wire::Process(call), timeout, &[]).await;
        let answer = match sent.result {
            Ok(completion) => Answer::Text(completion.text),
            Err(failure) => Answer::Failed(failure.message),
        };
        Asked { answer, took: sent.latency.unwrap_or_default(), judge: None }
    }

    async fn model(&self, rules: &Rules, question: &Question) -> Asked {
        let Some((name, model)) = question.model.split_once('/') else {
            return failed(format!("`{}` is not PROVIDER/MODEL", question.model));
        };
        let endpoint = rules
            .endpoints
            .iter()
            .find(|endpoint| endpoint.name == name)
            .cloned()
            .unwrap_or_else(|| own(name));
        let provider = match PROVIDERS.find(&endpoint.kind).map(|row| (row.make.make)(&endpoint)) {
            Some(Ok(provider)) => provider,
            Some(Err(refusal)) => return failed(refusal.message),
            None => return failed(format!("no provider `{name}`")),
        };
        let (version, case) = (questioner(question, name, model), no_case());
        let call = Call {
            version: &version,
            case: &case,
            repeat: 0,
            messages: &question.messages,
            seed: 0,
            wrong: &[],
        };
        match provider.encode(&call) {
            Ok(wire) => self.send(rules, &endpoint, provider.as_ref(), (&version, &wire)).await,
            Err(refusal) => failed(refusal.message),
        }
    }

    async fn send(
        &self,
        rules: &Rules,
        endpoint: &Endpoint,
        provider: &dyn Provider,
        (version, wire): (&Version, &Wire),
    ) -> Asked {
        let place = match self.transport.resolve(endpoint) {
            Ok(place) => place,
            Err(missing) => return failed(missing.to_string()),
        };
        let (limits, tokens) = (self.lanes.limits(endpoint), tokens(version, wire));
        let mut retry = 0;
        loop {
            let attempt = self.transport.send(&place, provider, wire, rules.timeout, &[]);
            let sent = limits.paced_attempt(tokens, attempt).await;
            let took = sent.latency.unwrap_or_default();
            match sent.result {
                Ok(completion) => {
                    let judge = Some(judge_call(rules, endpoint, &version.target.model(), &completion));
                    return Asked { answer: Answer::Text(completion.text), took, judge };
                }
                Err(failure) if retry < RETRIES && transient(&failure) => {
                    let pause = sent.retry_after.unwrap_or(Duration::from_millis(500 << retry));
                    tokio::time::sleep(pause).await;
                    retry += 1;
                }
                Err(failure) => return Asked { took, ..failed(failure.message) },
            }
        }
    }
}

fn transient(failure: &Failure) -> bool {
    let rule = crate::domain::Retries::default();
    crate::execute::may_retry(&rule, &failure.kind, 0)
}

fn failed(why: String) -> Asked {
    Asked { answer: Answer::Failed(why), took: Duration::ZERO, judge: None }
}

fn row(kind: &str) -> Result<(Endpoint, Arc<dyn Provider>), String> {
    let endpoint = own(kind);
    let row = PROVIDERS.find(kind).ok_or_else(|| format!("no provider `{kind}`"))?;
    let provider = (row.make.make)(&endpoint).map_err(|refusal| refusal.message)?;
    Ok((endpoint, provider))
}

fn own(kind: &str) -> Endpoint {
    let row = PROVIDERS.find(kind);
    Endpoint {
        name: kind.to_owned(),
        kind: kind.to_owned(),
        base_url: row.and_then(|row| row.make.base_url).map(str::to_owned),
        api_key_env: row.and_then(|row| row.make.api_key_env).map(str::to_owned),
        headers: Vec::new(),
        concurrency: None,
        requests_per_minute: None,
        tokens_per_minute: None,
        options: Map::new(),
    }
}

fn judge_call(rules: &Rules, endpoint: &Endpoint, model: &str, completion: &Completion) -> JudgeCall {
    let listed = prices::resolve(&rules.pricing, &endpoint.name, &endpoint.kind, model);
    let priced = listed.and_then(|(price, _)| price.cost(&completion.usage));
    JudgeCall {
        model: completion.model.clone().unwrap_or_else(|| model.to_owned()),
        usage: completion.usage,
        cost: completion.cost.or(priced),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Concurrency, Role};
    use crate::execute::transport::Settings;

    #[tokio::test(start_paused = true)]
    async fn judges_keep_to_the_limits_of_whom_they_ask() {
        let text = "project: p\nprompt: hi\ndataset: { cases: [ { id: c } ] }\nversions: { v: sim/x }\n\
                    providers: { sim: { requests_per_minute: 60 } }\n";
        let rules = Rules::of(&crate::plan::sample::plan(text).experiment).unwrap();
        let asker = Asker::new(Transport::new(Settings::default(), |_| None), Lanes::new(Concurrency::Auto));
        let question = Question {
            model: "sim/judge".to_owned(),
            messages: vec![crate::domain::Message::text(Role::User, "good?".to_owned())],
            params: Map::new(),
            schema: None,
        };
        let four = async {
            for _ in 0..4 {
                let asked = asker.ask(&rules, Ask::Model(question.clone())).await;
                assert!(matches!(asked.answer, Answer::Text(_)), "{:?}", asked.answer);
            }
        };
        let mut four = std::pin::pin!(four);
        let within = |milliseconds| Duration::from_millis(milliseconds);
        assert!(
            tokio::time::timeout(within(2_900), &mut four).await.is_err(),
            "one a second after the first"
        );
        assert!(tokio::time::timeout(within(200), four).await.is_ok());
    }
}
