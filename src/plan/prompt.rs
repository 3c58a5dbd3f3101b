//! A version's prompt, compiled once and rendered for every case. Sees the case's inputs, never its `expected`.
use serde_json::Value;

use super::said;
use crate::domain::{Case, Map, Message, MessageKind, Role, Version};
use crate::template::{self, Context, TemplateError, Templates};

/// Compiled messages.
#[derive(Debug)]
pub struct Prompt {
    templates: Templates,
    messages: Vec<(Role, Text)>,
}

/// One message: a text without markup is only copied.
#[derive(Debug)]
enum Text {
    Fixed(String),
    Template(String),
    /// The messages of that field of the case.
    Conversation(String),
    /// The first of the turns in that field of the case.
    Turns(String),
}

/// A message that cannot be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptError {
    /// Index of the message, or of the include when `None`.
    pub message: Option<usize>,
    /// What is wrong with it.
    pub error: TemplateError,
}

impl Prompt {
    /// Compiles a version's messages and includes.
    ///
    /// # Errors
    /// One of them does not parse.
    pub fn compile(version: &Version) -> Result<Self, PromptError> {
        let mut templates = Templates::default();
        for (name, text) in &version.includes {
            templates.add(name, text).map_err(|error| PromptError { message: None, error })?;
        }
        let mut messages = Vec::with_capacity(version.messages.len());
        for (index, message) in version.messages.iter().enumerate() {
            let text = if message.kind == MessageKind::Conversation {
                Text::Conversation(message.text.clone())
            } else if message.kind == MessageKind::Turns {
                Text::Turns(message.text.clone())
            } else if template::is_template(&message.text) {
                // The index keeps two messages of one file apart.
                let name = format!("{}#{index}", message.origin);
                templates
                    .add(&name, &message.text)
                    .map_err(|error| PromptError { message: Some(index), error })?;
                Text::Template(name)
            } else {
                Text::Fixed(message.text.clone())
            };
            messages.push((message.role, text));
        }
        Ok(Self { templates, messages })
    }

    /// The messages for one case.
    ///
    /// # Errors
    /// A variable is undefined, or a filter fails, for this case.
    pub fn render(&self, case: &Case) -> Result<Vec<Message>, PromptError> {
        let mut context = None;
        let mut messages = Vec::with_capacity(self.messages.len());
        for (index, (role, text)) in self.messages.iter().enumerate() {
            let wrong = |error| PromptError { message: Some(index), error };
            match text {
                Text::Fixed(text) => messages.push(Message::text(*role, text.clone())),
                Text::Template(name) => {
                    let context = context.get_or_insert_with(|| inputs(case));
                    let text = self.templates.render(name, context).map_err(wrong)?;
                    messages.push(Message::text(*role, text));
                }
                Text::Conversation(field) => messages.extend(said::conversation(field, case).map_err(wrong)?),
                Text::Turns(field) => {
                    messages.extend(said::turns(field, case).map_err(wrong)?.into_iter().next());
                }
            }
        }
        Ok(messages)
    }

    /// What the person says after the first answer, in turn; nothing for most.
    #[must_use]
    pub fn later(&self, case: &Case) -> Vec<Message> {
        let field = self.messages.iter().find_map(|(_, text)| match text {
            Text::Turns(field) => Some(field),
            _ => None,
        });
        let turns = field.and_then(|field| said::turns(field, case).ok()).unwrap_or_default();
        turns.into_iter().skip(1).collect()
    }

    /// Whether rendering depends on the case at all.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.messages.iter().all(|(_, text)| matches!(text, Text::Fixed(_)))
    }
}

/// What prompts see.
#[must_use]
pub fn inputs(case: &Case) -> Context {
    template::context(named(case))
}

/// Every input by its name, and all of them as `input` (for names that are no identifiers).
#[must_use]
pub fn named(case: &Case) -> Map {
    let mut all = case.inputs.clone();
    if !all.contains_key("input") {
        all.insert("input".to_owned(), Value::Object(case.inputs.clone()));
    }
    all
}
