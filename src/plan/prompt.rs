//! A version's prompt, compiled once and rendered for every case. Sees the case's inputs, never its `expected`.
use serde_json::Value;

use crate::domain::{Case, Map, Message, Role, Version};
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
            let text = if template::is_template(&message.text) {
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
        self.messages
            .iter()
            .enumerate()
            .map(|(index, (role, text))| {
                let text = match text {
                    Text::Fixed(text) => text.clone(),
                    Text::Template(name) => {
                        let context = context.get_or_insert_with(|| inputs(case));
                        self.templates
                            .render(name, context)
                            .map_err(|error| PromptError { message: Some(index), error })?
                    }
                };
                Ok(Message::text(*role, text))
            })
            .collect()
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
