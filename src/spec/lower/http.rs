//! A version that is an HTTP endpoint; its texts are templates over the case's inputs.
use super::super::keys::HTTP;
use super::super::yaml::{Node, Span, Value};
use super::context::Lowering;
use super::text::Written;
use crate::domain::HttpTarget;
use crate::template::{self, Templates};

impl Lowering<'_> {
    /// The endpoint of a version; `None` after an error.
    pub(super) fn http(&mut self, node: &Node, span: Span) -> Option<HttpTarget> {
        let fields = self.fields(&HTTP, node, span);
        let headers = fields.node("headers").cloned();
        let body = fields.node("body").cloned();
        let usage = fields.node("usage").cloned();
        if let Some(node) = &body {
            self.check_templates(node);
        }
        if let Some(node) = &headers {
            self.check_templates(node);
        }
        let url = fields.text("url")?;
        if !url.contains("://") && !template::is_template(&url) && !url.contains("${") {
            let span = fields.span("url").unwrap_or(span);
            self.error_hint(span, format!("`{url}` is not a URL"), "begin it with `http://` or `https://`");
        }
        Some(HttpTarget {
            url,
            method: fields.text("method").unwrap_or_else(|| "POST".to_owned()),
            headers: headers.map(|node| self.named_texts("headers", &node)).unwrap_or_default(),
            body: body.map(|node| node.to_json()),
            output: fields.text("output"),
            usage: usage.map(|node| self.named_texts("usage", &node)).unwrap_or_default(),
        })
    }

    /// Every text in a value that is a template parses.
    fn check_templates(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar(scalar) if template::is_template(&scalar.text) => {
                if let Err(error) = Templates::default().add("body", &scalar.text) {
                    let written = Written { text: scalar.text.clone(), file: None, span: node.span };
                    self.template_error(&written, &error);
                }
            }
            Value::Sequence(items) => {
                for item in items.iter() {
                    self.check_templates(item);
                }
            }
            Value::Mapping(mapping) => {
                for entry in &mapping.entries {
                    self.check_templates(&entry.value);
                }
            }
            Value::Scalar(_) | Value::Invalid => {}
        }
    }
}
