--- Writes test files for benchmarks: TOML as users of clnrm write it, the same bytes for a seed.
local M = {}

local WORDS = {}
for word in ([[alpha bravo cache delta edge fetch gate health index job kernel ledger mesh node
  order proxy queue route store trace user vault worker yield zone]]):gmatch("%a+") do
  WORDS[#WORDS + 1] = word
end
local KINDS = { "internal", "server", "client", "producer", "consumer" }
local IMAGES = {
  "alpine:3.19", "redis:7.2-alpine", "postgres:16-bookworm", "ghcr.io/acme/api:v2.14.3",
  "otel/opentelemetry-collector:0.96.0",
}

--- A generator of its own: math.random may change with Lua.
local function random(seed)
  local state = seed
  return function(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
end

--- Fills each {name} of a template by calling fields.name().
local function fill(template, fields)
  return (template:gsub("{(%w+)}", function(name)
    return fields[name] and tostring(fields[name]()) or nil
  end))
end

local HEAD = [==[
# Integration test: generated
# every span listed below must be seen or the run is red

[meta]
name = "{name}"
version = "{digit}.{number}.{digit}"
description = "Checks that the {word} {word} survives a {word} restart \u2014 and says so"
tags = ["{word}", "{word}", "otel"]
created = 2025-0{digit}-1{digit}T1{digit}:2{digit}:00Z

[otel]
exporter = "otlp"
endpoint = "http://localhost:4{number}"   # collector
sample_ratio = 0.25
resources = { "service.name" = "{name}", "env" = "ci" }
]==]

local SERVICE = [==[

[services.{service}]
type = "generic_container"
image = "{image}"
args = ["--port", "{number}", "--level={word}"]
wait_for_span = "{name}.ready"
timeout_ms = 30_000

[services.{service}.env]
RUST_LOG = "info,{word}=debug"
DATABASE_URL = "postgres://user:pa%24s@db:5{number}/{word}?sslmode=disable"
TOKEN = '{hex}{hex}{hex}'

[[services.{service}.volumes]]
host_path = "./fixtures/{name}"
container_path = "/var/lib/{word}"
read_only = true
]==]

local SCENARIO = [==[

# ---- scenario -------------------------------------------------
[[scenario]]
name = "{name}_{word}_{number}"
service = "{name}"
run = "clnrm run --otel --id {number}"
timeout_s = {number}
weight = 0.{number}
artifacts.collect = ["spans:default", "logs:{word}"]
env = { OTEL_TRACES_EXPORTER = "otlp", ID = "{hex}" }
]==]

local STEPS = {
  [==[command = ["sh", "-c", "{word} --{word}={number} | grep -q \"{word}\""]
]==],
  [==[command = [
  "curl", "-fsS", "-X", "POST",   # with a body
  "http://{name}:{number}/api/v{digit}/{word}",
  "-d", '{"mode":"{word}","n":{number}}',
]
]==],
  [==[script = """
set -eu
for i in 1 2 3; do
  {word} --id "$i" --out /tmp/{word}.json \\
    || exit {digit}
done
"""
]==],
}

local STEP = [==[

[[{path}]]
name = "{name}_{word}"
{command}service = "{name}"
expected_output_regex = '^{word}[0-9]+\s+ok$'
retry = { count = {digit}, backoff_ms = {number}, jitter = true }
]==]

local EXPECT = [==[

[scenario.expect]
exit_code = 0
spans = [
  { name = "{word}.start", kind = "internal" },
  { name = "{word}.exec", kind = "{kind}", count = {digit} },
]
]==]

local SPAN = [==[

[[expect.span]]
name = "{word}.{word}"
parent = "{word}.run"
kind = "{kind}"
attrs.all = { "test.hermetic" = "true", "{word}.count" = {number} }
events.any = ["container.start", "container.exec", "container.stop"]
duration_ms = { min = {digit}.5, max = {number} }
]==]

local TAIL = [==[

[expect.graph]
must_include = [["{name}", "{name}"], ["{name}", "{name}"]]
acyclic = true

[expect.counts]
spans_total = { gte = {digit}, lte = 1_000 }
by_name = { "{name}" = { eq = 1 }, "{name}.exec" = { gte = 1, lte = 4 } }

[determinism]
seed = 0x{hex}
freeze_clock = 2025-01-01T00:00:00.123456+02:00
day = 2025-0{digit}-1{digit}
at = 07:3{digit}:00

[limits]
cpu_millicores = 1000
memory_mb = 512
]==]

--- Writes one test file of about `bytes` bytes.
---@param seed integer
---@param bytes integer
---@return string text
function M.generate(seed, bytes)
  local rand = random(seed)
  local fields, service = {}, "app"
  local function one_of(list)
    return list[rand(#list)]
  end
  function fields.word() return one_of(WORDS) end
  function fields.name() return one_of(WORDS) .. "_" .. one_of(WORDS) end
  function fields.kind() return one_of(KINDS) end
  function fields.image() return one_of(IMAGES) end
  function fields.digit() return rand(9) end
  function fields.number() return 99 + rand(900) end
  function fields.hex() return ("%08x"):format(rand(1 << 31)) end
  function fields.service() return service end
  function fields.command() return fill(one_of(STEPS), fields) end
  local parts, size = {}, 0
  local function put(template)
    parts[#parts + 1] = fill(template, fields)
    size = size + #parts[#parts]
  end
  put(HEAD)
  for i = 1, 8 do
    service = fields.name() .. i
    if size < bytes // 4 then
      put(SERVICE)
    end
  end
  for _ = 1, bytes // 5000 do
    put((STEP:gsub("{path}", "steps")))
  end
  while size < bytes * 4 // 5 do
    put(SCENARIO)
    for _ = 1, rand(2) do
      put((STEP:gsub("{path}", "scenario.steps")))
    end
    put(EXPECT)
  end
  while size < bytes - #TAIL do
    put(SPAN)
  end
  put(TAIL)
  return table.concat(parts)
end

return M
