--- Evaluates the checks of a step on what was observed: finds what each looks at, asks its matcher.
---
--- Pure.  What cannot be seen is no answer (`ok` is nil), which the judge makes an error of.
---@class engine.run.evaluate
local matchers = require("engine.expect.matchers")
local show = require("engine.expect.show")

local M = {}

local STREAMS = { stdout = "stderr", stderr = "stdout" }

local function stream_input(observed, name, check)
  local stream, other = observed[name], observed[STREAMS[name]]
  return stream and stream.text, {
    kind = "text",
    subject = name,
    cut = stream and stream.cut,
    seam = stream and stream.seam,
    bytes = stream and stream.bytes,
    other = other and { name = STREAMS[name], text = other.text },
    snapshot = observed.snapshots and observed.snapshots[check],
  }
end

local KIND_WORDS = {
  directory = "a directory",
  link = "a symbolic link",
  other = "a FIFO, a socket or a device",
}

local function file_input(observed, check)
  local seen = observed.files and observed.files[check.path] or {}
  local ctx = { kind = "file", subject = "file " .. show.value(check.path):sub(2, -2), file = seen }
  if seen.error then
    return nil, ctx, ("%s could not be looked at: %s"):format(ctx.subject, seen.error.message)
  elseif not seen.kind then
    return nil, ctx, ctx.subject .. " was not looked at"
  elseif check.matcher == "exists" then
    return seen.kind ~= "absent", ctx
  elseif seen.kind == "absent" then
    return nil, ctx
  elseif check.matcher == "mode" then
    return seen.mode, ctx
  elseif seen.kind ~= "file" then
    local what = KIND_WORDS[seen.kind] or seen.kind
    return nil, ctx, ("%s is no regular file but %s"):format(ctx.subject, what)
  elseif check.matcher == "sha256" then
    return seen.sha256, ctx
  end
  if seen.content and seen.size and #seen.content ~= seen.size then
    ctx.cut, ctx.seam = seen.size - #seen.content, #seen.content
  end
  return seen.content, ctx
end

--- Finds what a check looks at: the value, what else the matcher may see, why it cannot be seen.
local function input_of(step, observed, check)
  if check.subject == "stdout" or check.subject == "stderr" then
    return stream_input(observed, check.subject, check)
  elseif check.subject == "exit_code" then
    return observed.exit_code,
      { kind = "exit_code", subject = "the exit code", signal = observed.signal,
        may_be_signal = observed.may_be_signal, is_shell = step.shell ~= nil }
  elseif check.subject == "duration_ms" then
    return observed.duration_ms, { kind = "duration", subject = "the duration in ms" }
  elseif check.subject == "file" then
    return file_input(observed, check)
  end
  return nil, { subject = tostring(check.subject) }, "there is no such thing to check"
end

--- Evaluates one check.
---@param step engine.model.Step
---@param observed engine.run.Observed
---@param check engine.model.Check
---@return engine.run.Result
function M.one(step, observed, check)
  local result = { check = check }
  local matcher = matchers[check.matcher]
  if not matcher or not matcher.subjects[check.subject] then
    result.message = ("%s cannot be checked by '%s'"):format(check.subject, tostring(check.matcher))
    return result
  elseif not matcher.accepts(check.expected) then
    result.message = ("'%s' needs %s"):format(check.matcher, matcher.expects)
    return result
  end
  local actual, ctx, problem = input_of(step, observed, check)
  result.actual = actual
  if problem then
    result.message = problem
  elseif ctx.file and ctx.file.kind == "absent" and check.matcher ~= "exists" then
    result.ok, result.message = false, ctx.subject .. " does not exist"
    result.detail = { code = "T301", label = "it does not exist" }
  elseif type(actual) ~= "string" and ctx.kind == "text" then
    result.message = ctx.subject .. " was not seen"
  elseif actual == nil and ctx.kind == "file" then
    result.message = ctx.subject .. " was not read"
  else
    result.ok, result.message, result.detail = matcher.check(actual, check.expected, ctx)
  end
  return result
end

--- Evaluates all checks of a step, in their order, and takes the values that it captures.
---@param step engine.model.Step
---@param observed engine.run.Observed
---@return engine.run.Result[] # with `captured`
function M.all(step, observed)
  local results = {}
  if observed.error then
    return results -- there is nothing to look at
  end
  for i, check in ipairs(step.checks) do
    results[i] = M.one(step, observed, check)
  end
  if step.capture then
    results.captured = require("engine.run.capture").take(step, observed)
  end
  return results
end

return M
