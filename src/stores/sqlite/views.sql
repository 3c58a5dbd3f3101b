-- The public contract: what `sqlite3`, DuckDB and notebooks read. Made anew after every migration.
-- Braces are filled by views.rs: {NAME} an attribute's name (otel/semconv.rs), {uuid t} a table's id as a UUID,
-- {hex t} the same as 32 hex digits, {span t n} a span id, {time t.column} an instant, {digest t.column} a SHA-256,
-- {label t} an X.Y, {exception t} the event of a run's failure.
-- The tree of `spans` is that of otel::genai::spans; a test holds the two together.

DROP VIEW IF EXISTS versions;
CREATE VIEW versions
  (project, name, label, hash, signature_hash, provider, model, description, tags, metadata, registered_at) AS
SELECT v.project, v.name, {label v}, {digest v.hash}, {digest v.signature_hash}, v.provider, v.model, v.description,
  v.tags, v.metadata, {time v.registered_ns}
FROM version_row v;

-- Every change of a movable tag; it stands where its last one puts it, nowhere when that has no version.
DROP VIEW IF EXISTS tag_changes;
CREATE VIEW tag_changes (project, tag, version, version_label, version_hash, changed_at, who, why) AS
SELECT t.project, t.tag, v.name, iif(v.id IS NULL, NULL, {label v}), iif(v.id IS NULL, NULL, {digest v.hash}),
  {time t.at_ns}, t.who, t.why
FROM tag_log t LEFT JOIN version_row v ON v.id = t.version
ORDER BY t.at_ns, t.id;

DROP VIEW IF EXISTS batches;
CREATE VIEW batches (batch_id, project, experiment, kind, started_at, finished_at, status, command) AS
SELECT {uuid b}, b.project, b.experiment, b.kind, {time b.started_ns}, {time b.finished_ns}, b.status, b.command
FROM batch_row b;

DROP VIEW IF EXISTS runs;
CREATE VIEW runs
  (run_id, batch_id, project, experiment, version, version_label, version_hash, case_id, repeat, status, error_type,
   started_at, latency_s, ttft_s, queue_s, backoff_s, attempts, input_tokens, output_tokens, cached_tokens,
   reasoning_tokens, cost_usd, spent_usd, cost_source, cache_hit, model, response_model, finish_reason, input, expected,
   output, trace_id, session_id) AS
SELECT {uuid r}, {uuid b}, b.project, b.experiment, v.name, {label v}, {digest v.hash}, c.case_id, r.repeat, r.status,
  r.error_type, {time r.started_ns}, r.latency_ns / 1e9, r.ttft_ns / 1e9, r.queue_ns / 1e9, r.backoff_ns / 1e9,
  r.attempts, r.input_tokens, r.output_tokens, r.cached_tokens, r.reasoning_tokens, r.cost / 1e12, r.spent / 1e12,
  r.cost_source, r.cache_hit, model.text, answerer.text, finish.text, c.inputs,
  CASE json_type(c.expected) WHEN 'text' THEN c.expected ->> '$' ELSE c.expected END,
  r.output, {hex r}, {uuid b}
FROM run_row r
  JOIN batch_row b ON b.id = r.batch
  JOIN version_row v ON v.id = r.version
  JOIN case_row c ON c.id = r.case_row
  JOIN text model ON model.id = r.model
  LEFT JOIN text answerer ON answerer.id = r.response_model
  LEFT JOIN text finish ON finish.id = r.finish_reason;

DROP VIEW IF EXISTS scores;
CREATE VIEW scores
  (run_id, evaluator, evaluator_hash, status, score, passed, label, explanation, source) AS
SELECT {uuid r}, e.name, {digest e.hash}, s.status, s.score, s.passed, s.label, s.explanation, s.source
FROM score_row s JOIN run_row r ON r.id = s.run JOIN evaluator e ON e.id = s.evaluator;

DROP VIEW IF EXISTS spans;
CREATE VIEW spans
  (trace_id, span_id, parent_span_id, run_id, name, kind, started_ns, ended_ns, status, attributes, events) AS

-- run <version> <case>
SELECT {hex r}, {span r 0}, NULL, {uuid r}, 'run ' || v.name || ' ' || c.case_id, 'internal', r.started_ns,
  r.started_ns + coalesce(r.elapsed_ns, r.latency_ns, 0), iif(r.error_type IS NULL, 'unset', 'error'),
  json_patch(v.root_attributes, json_object(
    '{INPUT_VALUE}', c.inputs, '{INPUT_MIME_TYPE}', 'application/json', '{OUTPUT_VALUE}', r.output,
    '{METADATA}', c.metadata, '{SESSION_ID}', {uuid b}, '{TEST_CASE_NAME}', c.case_id,
    '{TEST_SUITE_NAME}', b.experiment, '{PROTO_RUN_ID}', {uuid r}, '{PROTO_CASE_ID}', c.case_id,
    '{PROTO_REPEAT}', r.repeat, '{ERROR_TYPE}', r.error_type)),
  iif(r.error_type IS NULL OR r.attempts > 0 OR r.output IS NOT NULL, json_array(), json_array({exception r}))
FROM run_row r
  JOIN batch_row b ON b.id = r.batch
  JOIN version_row v ON v.id = r.version
  JOIN case_row c ON c.id = r.case_row
WHERE b.kind = 'run'

UNION ALL
-- chat <model>, command <program> or http <url>: one a call
SELECT {hex r}, {span r iif(coalesce(k.number, 0) = 0, 1, 1099511627776 + (k.number << 20))}, {span r 0}, {uuid r},
  CASE v.provider WHEN 'command' THEN 'command ' || substr(m.text, 1, instr(m.text || ' ', ' ') - 1)
    WHEN 'http' THEN 'http ' || m.text ELSE 'chat ' || m.text END,
  iif(v.provider = 'command', 'internal', 'client'), r.started_ns + coalesce(k.after_ns, 0),
  r.started_ns + iif(k.run IS NULL, coalesce(r.elapsed_ns, r.latency_ns, 0), k.after_ns + k.took_ns),
  iif(r.error_type IS NULL OR k.number < r.calls - 1, 'unset', 'error'),
  json_patch(
    iif(v.provider IN ('command', 'http'), json_object(), json_patch(v.call_attributes, json_object(
      '{REQUEST_MODEL}', m.text, '{CONVERSATION_ID}', iif(k.run IS NULL, NULL, {uuid r}),
      '{SYSTEM_INSTRUCTIONS}', system.text,
      '{INPUT_MESSAGES}', iif(k.run IS NULL, said.text, (SELECT nullif(json_group_array(json(s.value)) || '', '[]')
        FROM (SELECT value FROM json_each(said.text) WHERE key < k.sent - (r.system IS NOT NULL) ORDER BY key) s)),
      '{RESPONSE_FINISH_REASONS}',
      json_array(coalesce(f.text, iif(r.status = 'ok' OR k.number < r.calls - 1, 'stop', 'error'))),
      '{OUTPUT_MESSAGES}', CASE
        WHEN k.number < r.calls - 1 THEN (SELECT json_array(json_set(s.value, '$.finish_reason', coalesce(f.text, 'stop')))
          || '' FROM json_each(said.text) s WHERE s.key = k.sent - (r.system IS NOT NULL))
        WHEN r.output IS NOT NULL THEN
        json_array(json_object('role', 'assistant', 'parts', json(coalesce(r.parts,
          '[' || iif(r.output = '', '', json_object('type', 'text', 'content', r.output)) ||
          iif(r.output = '' OR r.tool_calls IS NULL, '', ',') ||
          coalesce(substr(r.tool_calls, 2, length(r.tool_calls) - 2), '') || ']')),
          'finish_reason', coalesce(f.text, iif(r.status = 'ok', 'stop', 'error')))) || '' END,
      '{RESPONSE_MODEL}', a.text, '{RESPONSE_ID}', iif(k.run IS NULL, r.response_id, k.response_id)))),
    json_object(
      '{RESPONSE_TIME_TO_FIRST_CHUNK}', iif(k.run IS NULL, r.ttft_ns, k.ttft_ns) / 1e9,
      '{USAGE_INPUT_TOKENS}', iif(k.run IS NULL, r.input_tokens, k.input_tokens),
      '{USAGE_OUTPUT_TOKENS}', iif(k.run IS NULL, r.output_tokens, k.output_tokens),
      '{USAGE_CACHE_READ}', iif(k.run IS NULL, r.cached_tokens, k.cached_tokens),
      '{USAGE_CACHE_CREATION}', iif(k.run IS NULL, r.cache_write_tokens, k.cache_write_tokens),
      '{USAGE_REASONING}', iif(k.run IS NULL, r.reasoning_tokens, k.reasoning_tokens),
      '{USAGE_COST}', iif(k.run IS NULL, r.cost, k.cost) / 1e12,
      '{PROTO_LATENCY_S}', iif(k.run IS NULL, r.latency_ns, k.latency_ns) / 1e9,
      '{ERROR_TYPE}', iif(k.number < r.calls - 1, NULL, r.error_type))),
  (SELECT json_group_array(json(event)) FROM (
    SELECT json_object('name', '{RETRY}', 'at_ns', r.started_ns + (t.value ->> 0) + (t.value ->> 1), 'attributes',
      json_patch(json_object(), json_object('{RETRY_ATTEMPT}', t.key - coalesce(k.first_attempt, 0) + 1,
        '{ERROR_TYPE}', t.value ->> 3, '{RETRY_DELAY}', (t.value ->> 2) / 1e9))) AS event
    FROM json_each(r.tries) t WHERE t.key >= coalesce(k.first_attempt, 0)
      AND t.key < coalesce(k.first_attempt + k.attempts, r.attempts) - 1
    UNION ALL
    SELECT {exception r} WHERE r.error_type IS NOT NULL AND (k.run IS NULL OR k.number = r.calls - 1)))
FROM run_row r
  JOIN batch_row b ON b.id = r.batch
  JOIN version_row v ON v.id = r.version
  JOIN text m ON m.id = r.model
  LEFT JOIN call_row k ON k.run = r.id
  LEFT JOIN text system ON system.id = r.system
  LEFT JOIN text said ON said.id = r.messages
  LEFT JOIN text a ON a.id = iif(k.run IS NULL, r.response_model, k.response_model)
  LEFT JOIN text f ON f.id = iif(k.run IS NULL OR k.number = r.calls - 1, r.finish_reason, k.finish_reason)
WHERE b.kind = 'run' AND (r.attempts > 0 OR r.output IS NOT NULL)

UNION ALL
-- execute_tool <tool>: what it was asked is one of the calls in the model's answer; its own is of the message after
SELECT {hex x}, {span x 1099511627776 + (x.number << 20) + 1 + x.tool}, {span x 0}, {uuid x},
  'execute_tool ' || (x.asked ->> 'name'), 'internal', x.at_ns, x.at_ns, iif(x.error IS NULL, 'unset', 'error'),
  json_patch(json_object(), json_object('{OPERATION_NAME}', 'execute_tool', '{TOOL_NAME}', x.asked ->> 'name',
    '{TOOL_CALL_ID}', x.asked ->> 'id', '{TOOL_CALL_ARGUMENTS}', (x.asked -> 'arguments') || '',
    '{TOOL_CALL_RESULT}', x.answer, '{ERROR_TYPE}', x.error)),
  json_array()
FROM (
  SELECT y.*, t.key AS tool, t.value AS error, y.said ->> printf('$[%d].parts[%d].response', y.turn + 1, t.key) AS answer,
    (SELECT json_group_array(json(p.value)) FROM (SELECT value FROM json_each(y.said, printf('$[%d].parts', y.turn))
      WHERE value ->> 'type' = 'tool_call' ORDER BY key) p) -> t.key AS asked
  FROM (
    SELECT r.id_high, r.id_low, k.number, r.started_ns + k.after_ns + k.took_ns AS at_ns, k.tools, said.text AS said,
      k.sent - (r.system IS NOT NULL) AS turn
    FROM call_row k JOIN run_row r ON r.id = k.run JOIN text said ON said.id = r.messages
    WHERE k.tools IS NOT NULL) y
    JOIN json_each(y.tools) t) x

UNION ALL
-- evaluate <evaluator>
SELECT {hex r}, {span r e.span}, {span r 0}, {uuid r}, 'evaluate ' || e.name, 'internal', s.at_ns - s.took_ns, s.at_ns,
  iif(s.status = 'failed', 'error', 'unset'),
  json_patch(json_object(), json_object(
    '{OI_SPAN_KIND}', 'EVALUATOR', '{EVALUATION_NAME}', e.name, '{EVALUATION_SCORE_VALUE}', s.score,
    '{EVALUATION_SCORE_LABEL}', CASE WHEN s.status <> 'scored' THEN s.status WHEN s.label IS NOT NULL THEN s.label
      WHEN s.passed = 1 THEN 'pass' WHEN s.passed = 0 THEN 'fail' END,
    '{EVALUATION_EXPLANATION}', s.explanation, '{ERROR_TYPE}', iif(s.status = 'failed', 'evaluation_failed', NULL))),
  json_array()
FROM score_row s JOIN run_row r ON r.id = s.run JOIN evaluator e ON e.id = s.evaluator

UNION ALL
-- chat <judge model>
SELECT {hex r}, {span r e.span + 1}, {span r e.span}, {uuid r}, 'chat ' || (s.judge ->> 'model'), 'client',
  s.at_ns - s.took_ns, s.at_ns, 'unset',
  json_patch(json_object(), json_object(
    '{OPERATION_NAME}', 'chat', '{REQUEST_MODEL}', s.judge ->> 'model', '{USAGE_INPUT_TOKENS}', s.judge ->> 'input',
    '{USAGE_OUTPUT_TOKENS}', s.judge ->> 'output', '{USAGE_CACHE_READ}', s.judge ->> 'cached_input',
    '{USAGE_CACHE_CREATION}', s.judge ->> 'cache_write', '{USAGE_REASONING}', s.judge ->> 'reasoning',
    '{USAGE_COST}', (s.judge ->> 'cost') / 1e12)),
  json_array()
FROM score_row s JOIN run_row r ON r.id = s.run JOIN evaluator e ON e.id = s.evaluator
WHERE s.judge IS NOT NULL

UNION ALL
-- As applications sent them.
SELECT lower(hex(x.trace_id)), lower(hex(x.span_id)), nullif(lower(hex(x.parent)), ''),
  iif(r.id IS NULL, NULL, {uuid r}), x.name, x.kind, x.started_ns,
  x.ended_ns, x.status, x.attributes, x.events
FROM received_span x LEFT JOIN run_row r ON r.id = x.run;
