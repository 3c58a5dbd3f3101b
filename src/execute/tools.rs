//! Answers tool calls from their mocks, as an agent would: what cannot be called is said to the model.
use crate::domain::{Case, Part, ToolCall};
use crate::plan::{MockedTool, Mocks};
use crate::template::TemplateError;

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What the model is told.
    pub content: String,
    /// Why it failed (`error.type` of its span).
    pub error: Option<&'static str>,
}

/// The answers to a model's calls, in order; `None` where a tool without a mock is called, which ends the run.
#[must_use]
pub fn answers(mocks: &Mocks, calls: &[ToolCall], case: &Case) -> Option<Vec<Answered>> {
    if calls.is_empty() || mocks.is_empty() {
        return None;
    }
    calls.iter().map(|call| answer(mocks, call, case)).collect()
}

/// The answers as the parts of one message.
#[must_use]
pub fn parts(calls: &[ToolCall], answers: &[Answered]) -> Vec<Part> {
    let part = |(call, answer): (&ToolCall, &Answered)| Part::ToolResult {
        id: call.id.clone(),
        content: answer.content.clone(),
    };
    calls.iter().zip(answers).map(part).collect()
}

fn answer(mocks: &Mocks, call: &ToolCall, case: &Case) -> Option<Answered> {
    let Some(tool) = mocks.tool(&call.name) else {
        let names: Vec<&str> = mocks.names().collect();
        let message = format!("there is no tool `{}`, the tools are: {}", call.name, names.join(", "));
        return Some(failed("unknown_tool", &message));
    };
    let mock = tool.mock.as_ref()?;
    if let Some(message) = unfit(tool, call) {
        return Some(failed("invalid_arguments", &message));
    }
    Some(match mock.answer(&call.arguments, case) {
        Ok(Some(content)) => Answered { content, error: None },
        Ok(None) => failed("no_answer", &format!("`{}` has no answer for these arguments", call.name)),
        Err(TemplateError { message, .. }) => failed("mock_failed", &message),
    })
}

/// Why the arguments cannot be given to the tool.
fn unfit(tool: &MockedTool, call: &ToolCall) -> Option<String> {
    if call.arguments.is_string() {
        return Some("the arguments are not JSON".to_owned());
    }
    let error = tool.arguments.iter_errors(&call.arguments).next()?;
    let at = error.instance_path().to_string();
    let at = if at.is_empty() { String::new() } else { format!(" at `{at}`") };
    Some(format!("the arguments do not fit the tool's schema{at}: {error}"))
}

fn failed(error: &'static str, message: &str) -> Answered {
    Answered { content: format!("error: {message}"), error: Some(error) }
}
