//! How a run goes on after an answer: tools are answered from their mocks and the model is asked again, then the next
//! turn of the person, until nothing is left to say. Sends nothing.
use std::collections::VecDeque;

use super::tools;
use crate::domain::{Case, Completion, Message, Part, Role, ToolCall};
use crate::plan::PlannedVersion;

/// What is still to be said in a run, and how often the model was asked since the person last spoke.
#[derive(Debug, Default)]
pub struct Conversation {
    turns: VecDeque<Message>,
    asked: u32,
}

/// How it goes on.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The answer ends the run.
    Done,
    /// The model is asked again; one entry a tool that was answered, `None` or why it failed.
    Ask(Vec<Option<String>>),
    /// The model wants tools and may not be asked again.
    TooMany,
}

impl Conversation {
    /// One in which the person still says this.
    #[must_use]
    pub fn with(turns: Vec<Message>) -> Self {
        Self { turns: turns.into(), asked: 0 }
    }

    /// Takes the answer to `messages` in, and appends what is said next.
    pub fn next(
        &mut self,
        planned: &PlannedVersion,
        case: &Case,
        messages: &mut Vec<Message>,
        answer: &Completion,
    ) -> Next {
        self.asked += 1;
        let calls = renumbered(&answer.tool_calls, messages);
        let Some(answers) = tools::answers(&planned.mocks, &calls, case) else {
            // A call nobody answers ends the run, whatever the person would have said next.
            let turn = if calls.is_empty() { self.turns.pop_front() } else { None };
            let Some(turn) = turn else { return Next::Done };
            messages.push(said(answer, calls));
            messages.push(turn);
            self.asked = 0;
            return Next::Ask(Vec::new());
        };
        if self.asked >= planned.version.max_turns {
            return Next::TooMany;
        }
        let parts = tools::parts(&calls, &answers);
        messages.push(said(answer, calls));
        messages.push(Message { role: Role::Tool, parts });
        Next::Ask(answers.into_iter().map(|answer| answer.error.map(str::to_owned)).collect())
    }
}

/// The answer as a message, whose calls have these ids.
fn said(answer: &Completion, calls: Vec<ToolCall>) -> Message {
    let mut parts = answer.said();
    let asked =
        parts.iter_mut().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    for (slot, call) in asked.zip(calls) {
        *slot = call;
    }
    Message { role: Role::Assistant, parts }
}

/// The calls with ids no other call of the conversation has: some APIs give none, and one is found by its id.
fn renumbered(calls: &[ToolCall], messages: &[Message]) -> Vec<ToolCall> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    let mut ids: Vec<String> = parts
        .filter_map(|part| if let Part::ToolCall(call) = part { Some(call.id.clone()) } else { None })
        .collect();
    let mut fresh = |call: &ToolCall| {
        let taken = call.id.is_empty() || ids.contains(&call.id);
        let id = if taken { format!("call_{}", ids.len()) } else { call.id.clone() };
        ids.push(id.clone());
        ToolCall { id, ..call.clone() }
    };
    calls.iter().map(&mut fresh).collect()
}
