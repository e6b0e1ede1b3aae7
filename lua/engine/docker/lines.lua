--- Answers that come line by line, one JSON object each: progress of pull, load and build, events.
---
--- Their status is 200 also when what they tell of fails: an object with `error` is an error here.
--- The last object may come without a line end; one that is cut is an error, never the end.
---@class engine.docker.lines
local answer = require("engine.docker.answer")
local docker_error = require("engine.docker.error")
local json = require("core.json")

local M = {}

M.LINE_MAX = 4 << 20

---@class engine.docker.Lines  a to-be-closed value
---@field private call core.http.Call
---@field private feed? engine.docker.Feed
local Lines = {}
Lines.__index = Lines

---@class engine.docker.lines.Options
---@field op string
---@field mask? engine.secrets.Mask
---@field engine "docker"|"podman"
---@field feed? engine.docker.Feed
---@field pulse? engine.docker.Pulse of the engine that answers

--- Makes a reader of an answer; owns its call and its feed.
---@param call core.http.Call
---@param opts engine.docker.lines.Options
---@return engine.docker.Lines
---@nodiscard
function M.new(call, opts)
  return setmetatable({
    call = call,
    feed = opts.feed,
    opts = opts,
    rest = "",
    at = 1, -- of `rest`, from where on it is not read
    is_over = false,
  }, Lines)
end

function Lines:refuse(why)
  self.is_over = true
  local op = self.opts.op
  return nil, docker_error.new("ENGINE_ANSWER", ("%s: the engine's answer %s"):format(op, why),
    nil, op)
end

--- Reads on, unless its engine is given up.
local function read(self)
  local pulse = self.opts.pulse
  if not pulse then
    return self.call:read()
  end
  local ticket <close>, gone = pulse:enter()
  if not ticket then
    return nil, gone
  end
  local bytes, err = self.call:read()
  return bytes, bytes and err or ticket.lost or err
end

--- Takes the next line; nil at the end.
---@async
---@return string? line
---@return core.Error? err
function Lines:line()
  local from = self.at
  while true do
    local stop = self.rest:find("\n", from, true)
    if stop then
      local line = self.rest:sub(self.at, stop - 1)
      self.at = stop + 1
      return line
    end
    if #self.rest - self.at >= M.LINE_MAX then
      return self:refuse(("has a line of more than %d MiB"):format(M.LINE_MAX >> 20))
    end
    local bytes, err = read(self)
    if not bytes then
      self.is_over = true
      local feed = self.feed
      return nil, feed and feed.error or docker_error.gone(err)
        or answer.broken(err --[[@as core.Error]], self.opts.op, self.opts.engine)
    end
    self.rest = self.rest:sub(self.at)
    self.at = 1
    if bytes == "" then
      self.is_over = true
      local line = self.rest
      self.rest = ""
      return line:find("%S") and line or nil
    end
    from = #self.rest + 1
    self.rest = self.rest .. bytes
  end
end

--- Takes the next object.
---@async
---@return table? object nil, without an error: the answer has ended
---@return core.Error? err what the engine tells of, with the codes of `of_progress`; ENGINE_ANSWER;
---  those of core.http when the connection broke
---@return string? line as it came
function Lines:next()
  while not self.is_over do
    local line, err = self:line()
    if err then
      return nil, err
    elseif line and line:find("%S") then
      local object
      object, err = json.decode(line, { depth = answer.DEPTH_MAX })
      if type(object) ~= "table" or json.is_array(object) then
        return self:refuse(err and "has a line that is no JSON, or was cut: " .. err.message
          or "has a line that is no object")
      end
      err = docker_error.of_progress(object, { op = self.opts.op, mask = self.opts.mask })
      if err then
        self.is_over = true
        return nil, err
      end
      return object, nil, line
    end
  end
end

--- Breaks off what is not over.  Also `__close`.
---@async
function Lines:close()
  self.call:close()
  if self.feed then
    self.feed:close()
  end
end
Lines.__close = Lines.close

return M
