--- Lint rule L203: an exporter that has nowhere to send.
local ALIASES = { jaeger = true, zipkin = true, datadog = true, newrelic = true }

return {
  code = "L203",
  name = "exporter-without-endpoint",
  severity = "error",
  needs = { words = { "jaeger", "zipkin", "datadog", "newrelic" }, facts = { "file.otel" } },
  docs = {
    summary = "An exporter without an endpoint",
    why = [[
`jaeger`, `zipkin`, `datadog` and `newrelic` are other names of OTLP for a server of that kind, and
say nothing of where it is.]],
    bad = [==[
[otel]
exporter = "jaeger"
[[steps]]
name = "call"
command = ["ls"]
]==],
    good = [==[
[[steps]]
name = "call"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[otel]\nexporter = "zipkin"\nendpoint = "http://localhost:9411"\n' },
    bad = { { code = '[otel]\nexporter = "datadog"\n', at = { 3, 12 } } },
  },
  visit = {
    file = function(cx, file)
      local otel = file.checked.value.otel
      local raw = otel and otel.raw or {}
      if ALIASES[raw.exporter] and not raw.endpoint then
        cx:report({
          place = cx:item(raw, "exporter"),
          message = ("the exporter `%s` needs an `endpoint`"):format(raw.exporter),
          help = 'add: endpoint = "http://localhost:4318", or take exporter = "otlp"',
        })
      end
    end,
  },
}
