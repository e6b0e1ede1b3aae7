--- Sends the body of a request piece by piece, in a task beside the one that reads the answer: an
--- engine that answers while it reads (build, load) would else wait for us, and we for it.
---@class engine.docker.feed
local error_new = require("core.error").new
local task = require("core.task")

local M = {}

---@alias engine.docker.Write async fun(text: string): true?, core.Error?

--- Gives the body of a request: calls `write` with each piece, in order.
---@alias engine.docker.Source async fun(write: engine.docker.Write): true?, core.Error?

---@class engine.docker.Feed  a to-be-closed value
---@field error? core.Error  why the body is not whole: by its source
---@field private task core.Task
---@field private is_closed boolean
local Feed = {}
Feed.__index = Feed

local function run(feed, call, source)
  local function write(text)
    if feed.is_closed then
      return nil, error_new({ code = "ECLOSED", op = "docker", message = "the call is over" })
    elseif text == "" then
      return true
    end
    local ok, err = call:write(text)
    feed.is_refused = feed.is_refused or not ok
    return ok, err
  end
  local ok, done, err = pcall(source, write)
  if ok and done then
    return feed.is_closed or call:finish()
  elseif feed.is_closed or feed.is_refused then
    return -- the engine's answer says why
  end
  feed.error = ok and err or error_new({
    code = "EFAILED",
    op = "docker",
    message = "the body of a request could not be made: " .. tostring(done),
  })
  call:close() -- never ended as if it were whole
end

--- Starts to send.
---@param call core.http.Call that was asked with `feed`
---@param source engine.docker.Source
---@return engine.docker.Feed
---@nodiscard
function M.start(call, source)
  local feed = setmetatable({ is_closed = false, is_refused = false }, Feed)
  feed.task = task.spawn(run, feed, call, source)
  return feed
end

--- Ends it; the call is closed by its owner, before.
---@async
function Feed:close()
  if not self.is_closed then
    self.is_closed = true
    self.task:cancel()
    task.shield(self.task.join, self.task)
  end
end
Feed.__close = Feed.close

return M
