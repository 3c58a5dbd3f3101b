//! The only file that spells attribute names: OpenTelemetry GenAI semantic conventions v1.41, OpenInference's few,
//! and ours under `proto.`. A rename upstream is a change of this file (and a migration that makes the views anew).

/// Where the conventions of these names are published.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.41.0";

/// Declares each name as a constant and lists all of them for those who write SQL.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $value;)*
        /// Every name by its constant's name: the SQL views are written with the constants' names.
        pub const NAMES: &[(&str, &str)] = &[$((stringify!($name), $value)),*];
    };
}

names! {
    /// What kind of step a span is, for OpenInference's readers.
    OI_SPAN_KIND = "openinference.span.kind";
    /// The project, on the resource.
    OI_PROJECT_NAME = "openinference.project.name";
    /// The root's input: JSON of the case's inputs. Never on a chat span: backends then drop its messages.
    INPUT_VALUE = "input.value";
    /// Media type of the input.
    INPUT_MIME_TYPE = "input.mime_type";
    /// The root's output: the answer's text.
    OUTPUT_VALUE = "output.value";
    /// The session: the batch.
    SESSION_ID = "session.id";
    /// Tags, a list of texts.
    TAGS = "tag.tags";
    /// Metadata, one JSON text.
    METADATA = "metadata";
    /// The case's id.
    TEST_CASE_NAME = "test.case.name";
    /// The experiment's name.
    TEST_SUITE_NAME = "test.suite.name";
    /// The version's name, as prompt tools call it.
    PROMPT_NAME = "gen_ai.prompt.name";
    /// The version's X.Y, as prompt tools call it.
    PROMPT_VERSION = "gen_ai.prompt.version";
    /// The conversation a call is part of: the run.
    CONVERSATION_ID = "gen_ai.conversation.id";
    /// The tool that was called.
    TOOL_NAME = "gen_ai.tool.name";
    /// The provider's id of the call.
    TOOL_CALL_ID = "gen_ai.tool.call.id";
    /// What it was called with, one JSON text.
    TOOL_CALL_ARGUMENTS = "gen_ai.tool.call.arguments";
    /// What it answered, as text.
    TOOL_CALL_RESULT = "gen_ai.tool.call.result";
    /// What the call does: `chat` or `execute_tool`.
    OPERATION_NAME = "gen_ai.operation.name";
    /// Who serves the model.
    PROVIDER_NAME = "gen_ai.provider.name";
    /// The model asked for.
    REQUEST_MODEL = "gen_ai.request.model";
    /// Parameter.
    REQUEST_TEMPERATURE = "gen_ai.request.temperature";
    /// Parameter.
    REQUEST_TOP_P = "gen_ai.request.top_p";
    /// Parameter.
    REQUEST_TOP_K = "gen_ai.request.top_k";
    /// Parameter.
    REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens";
    /// Parameter.
    REQUEST_FREQUENCY_PENALTY = "gen_ai.request.frequency_penalty";
    /// Parameter.
    REQUEST_PRESENCE_PENALTY = "gen_ai.request.presence_penalty";
    /// Parameter, a list.
    REQUEST_STOP_SEQUENCES = "gen_ai.request.stop_sequences";
    /// Parameter.
    REQUEST_SEED = "gen_ai.request.seed";
    /// Parameter: answers asked for.
    REQUEST_CHOICE_COUNT = "gen_ai.request.choice.count";
    /// Whether the answer was streamed.
    REQUEST_STREAM = "gen_ai.request.stream";
    /// The model that answered.
    RESPONSE_MODEL = "gen_ai.response.model";
    /// The provider's id of the answer.
    RESPONSE_ID = "gen_ai.response.id";
    /// Why the model stopped, a list of one.
    RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons";
    /// Seconds from sending to the first chunk.
    RESPONSE_TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk";
    /// Tokens in.
    USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens";
    /// Tokens out.
    USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
    /// Of the input, read from the provider's cache.
    USAGE_CACHE_READ = "gen_ai.usage.cache_read.input_tokens";
    /// Of the input, written to the provider's cache.
    USAGE_CACHE_CREATION = "gen_ai.usage.cache_creation.input_tokens";
    /// Of the output, spent on reasoning.
    USAGE_REASONING = "gen_ai.usage.reasoning.output_tokens";
    /// US dollars, only when known.
    USAGE_COST = "gen_ai.usage.cost";
    /// Where the call went.
    SERVER_ADDRESS = "server.address";
    /// To which port.
    SERVER_PORT = "server.port";
    /// Tools offered, one JSON text.
    TOOL_DEFINITIONS = "gen_ai.tool.definitions";
    /// Messages sent, one JSON text.
    INPUT_MESSAGES = "gen_ai.input.messages";
    /// Messages received, one JSON text.
    OUTPUT_MESSAGES = "gen_ai.output.messages";
    /// Instructions above the conversation, one JSON text.
    SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions";
    /// An evaluator's name.
    EVALUATION_NAME = "gen_ai.evaluation.name";
    /// Its score.
    EVALUATION_SCORE_VALUE = "gen_ai.evaluation.score.value";
    /// The score in a word.
    EVALUATION_SCORE_LABEL = "gen_ai.evaluation.score.label";
    /// Why.
    EVALUATION_EXPLANATION = "gen_ai.evaluation.explanation";
    /// Why something failed.
    ERROR_TYPE = "error.type";
    /// The event of a failure.
    EXCEPTION = "exception";
    /// On the exception event: its kind.
    EXCEPTION_TYPE = "exception.type";
    /// On the exception event: what happened.
    EXCEPTION_MESSAGE = "exception.message";
    /// The event of an attempt that was retried.
    RETRY = "retry";
    /// On the retry event: which attempt, from 1.
    RETRY_ATTEMPT = "attempt";
    /// On the retry event: seconds waited after it.
    RETRY_DELAY = "delay";
    /// The project.
    PROTO_PROJECT = "proto.project";
    /// The version's name.
    PROTO_VERSION_NAME = "proto.version.name";
    /// The version's X.Y.
    PROTO_VERSION_LABEL = "proto.version.label";
    /// The version's identity.
    PROTO_VERSION_HASH = "proto.version.hash";
    /// The version's interface.
    PROTO_VERSION_SIGNATURE_HASH = "proto.version.signature_hash";
    /// Before each key of the version's metadata.
    PROTO_VERSION_META = "proto.version.meta.";
    /// The run.
    PROTO_RUN_ID = "proto.run.id";
    /// The case.
    PROTO_CASE_ID = "proto.case.id";
    /// Index of the repeat.
    PROTO_REPEAT = "proto.repeat";
    /// Seconds of the last attempt alone, since the call's span covers all of them.
    PROTO_LATENCY_S = "proto.latency_s";
}

/// The `gen_ai.request.*` attribute of a parameter, by the names providers give it.
pub const REQUEST_PARAMETERS: &[(&str, &str)] = &[
    ("temperature", REQUEST_TEMPERATURE),
    ("top_p", REQUEST_TOP_P),
    ("top_k", REQUEST_TOP_K),
    ("max_tokens", REQUEST_MAX_TOKENS),
    ("max_completion_tokens", REQUEST_MAX_TOKENS),
    ("max_output_tokens", REQUEST_MAX_TOKENS),
    ("frequency_penalty", REQUEST_FREQUENCY_PENALTY),
    ("presence_penalty", REQUEST_PRESENCE_PENALTY),
    ("stop", REQUEST_STOP_SEQUENCES),
    ("stop_sequences", REQUEST_STOP_SEQUENCES),
    ("seed", REQUEST_SEED),
    ("n", REQUEST_CHOICE_COUNT),
];

/// The conventions' name of a provider, where it is not ours.
#[must_use]
pub fn provider_name(provider: &str) -> &str {
    match provider {
        "azure" => "azure.ai.openai",
        "bedrock" => "aws.bedrock",
        "gemini" | "google" => "gcp.gemini",
        "vertex" => "gcp.vertex_ai",
        "mistral" => "mistral_ai",
        "xai" => "x_ai",
        "watsonx" => "ibm.watsonx.ai",
        own => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_constant_is_spelt_twice() {
        let mut seen = std::collections::HashSet::new();
        assert!(NAMES.iter().all(|(_, value)| seen.insert(value)));
    }
}
