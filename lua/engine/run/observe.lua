--- Gathers what a step left to be judged: its end, its output, the files that its checks look at.
---
--- Decides nothing.  What could not be seen is absent, or carries its error; the judge says what
--- that means.
---@class engine.run.observe
local error_new = require("core.error").new
local hash = require("core.hash")
local host_path = require("engine.model.host_path")

local M = {}

--- Bytes of one output that checks see: all of a smaller one; of a larger one, half of this from
--- its beginning and half from its end.
M.OUTPUT_MAX = 16 << 20

--- The same of an output that no check looks at: what reports show of it.
M.SHOWN_MAX = 128 << 10

M.LARGE = 1 << 20 -- bytes of a text whose memory is given back at once

M.FILE_MAX = 8 << 20 -- bytes of a file whose text is checked
M.HASH_MAX = 64 << 20 -- bytes of a file that is hashed

local NONE = {}

local READS_TEXT = {
  equals = true,
  contains = true,
  not_contains = true,
  matches = true,
  not_matches = true,
  starts_with = true,
  ends_with = true,
  lines = true,
  json = true,
}

--- Takes one output from a result: a text, or a method that reads at most so many bytes.
local function output_of(result, name, max)
  local text = result[name]
  if type(text) == "string" then
    local cut = result.cut and result.cut[name] or 0
    local bytes = result[name .. "_bytes"]
    return { text = text, bytes = bytes, cut = cut, seam = cut ~= 0 and #text // 2 or nil }
  elseif type(text) ~= "function" then
    return nil
  end
  local cut
  text, cut = result[name](result, max)
  if not text then
    return nil -- what was spooled cannot be read back
  elseif #text > M.LARGE then
    collectgarbage() -- reading it took a buffer of the same size
  end
  local seam = cut ~= 0 and math.min(#text, max // 2) or nil
  return { text = text, bytes = result[name .. "_bytes"], cut = cut, seam = seam }
end

local function below(base, path)
  return path:sub(1, 1) == "/" and path or base .. "/" .. path
end

--- Makes a path absolute, as the step would see it: "./out" is "out".
local function absolute(step, path, service)
  local base = service and service.cwd or "/room"
  return host_path.normal(below(step.cwd and below(base, step.cwd) or base, path))
end

--- Looks at one file of the room.
local function see_file(room, path, wants, where)
  local stat, err = room:stat(path, where)
  if not stat then
    if err.code == "ENOENT" or err.code == "ENOTDIR" then
      return { kind = "absent" }
    end
    return { error = err }
  end
  local seen = { kind = stat.kind, mode = stat.mode, size = stat.size }
  if stat.kind ~= "file" or not (wants.text or wants.hash) then
    return seen
  end
  local max = wants.hash and M.HASH_MAX or M.FILE_MAX
  local content
  content, err = room:get(path, max, where)
  if not content then
    local message = ("it has %d bytes, and checks read %d at most"):format(stat.size, max)
    local is_large = err.code == "EFBIG"
    seen.error = is_large and error_new({ code = "EFBIG", message = message }) or err
    return seen
  end
  if wants.hash and #content == stat.size then
    seen.sha256, seen.error = hash.sha256(content)
  end
  if wants.text then
    seen.content = content
  end
  return seen
end

--- Looks at the files that the checks of a step are about.
---@async
---@param room engine.backend.Room
---@param step engine.model.Step
---@param service? engine.backend.Service in whose place it ran
---@return table<string, engine.run.FileSeen>
function M.files(room, step, service)
  local wants, order = {}, {}
  for _, check in ipairs(step.checks) do
    if check.subject == "file" then
      local want = wants[check.path]
      if not want then
        want = {}
        wants[check.path] = want
        order[#order + 1] = check.path
      end
      want.text = want.text or READS_TEXT[check.matcher]
      want.hash = want.hash or check.matcher == "sha256"
    end
  end
  local files, where = {}, service and { view = service.view, service = service } or nil
  for _, path in ipairs(order) do
    files[path] = see_file(room, absolute(step, path, service), wants[path], where)
  end
  return files
end

--- How much of an output is needed.  What a Lua test looks at is not known before it does.
local function wanted(step, name)
  if step.by_script then
    return M.OUTPUT_MAX
  end
  for _, check in ipairs(step.checks) do
    if check.subject == name then
      return M.OUTPUT_MAX
    end
  end
  for _, capture in ipairs(step.capture or NONE) do
    if capture.stream == name then
      return M.OUTPUT_MAX
    end
  end
  return M.SHOWN_MAX
end

--- Makes what is to be judged from the result of a step; its files are still to be looked at.
---@param step engine.model.Step
---@param result? engine.backend.Result
---@param err? core.Error why there is no result
---@return engine.run.Observed
function M.step(step, result, err)
  if not result then
    return { error = err }
  end
  return {
    exit_code = result.exit_code,
    signal = result.signal,
    may_be_signal = result.may_be_signal,
    timed_out = result.timed_out,
    duration_ms = result.duration_ms,
    rusage = result.rusage,
    stdout = output_of(result, "stdout", wanted(step, "stdout")),
    stderr = output_of(result, "stderr", wanted(step, "stderr")),
    leaked = result.leaked,
    leaked_ports = result.leaked_ports,
  }
end

--- Says whether an observation holds much memory.
---@param observed engine.run.Observed
---@return boolean
function M.is_large(observed)
  for _, output in ipairs({ observed.stdout or false, observed.stderr or false }) do
    if output and #output.text > M.LARGE then
      return true
    end
  end
  return false
end

return M
