--- The language server: takes messages in order, answers them, and judges texts when nobody types.
---
--- One task reads, one writes, one answers, one judges; all Lua runs on one thread, so none of them
--- is interrupted in what it does.
local clock = require("core.clock")
local diagnostics = require("engine.lsp.diagnostics")
local documents = require("engine.lsp.documents")
local frame = require("engine.lsp.frame")
local judge = require("engine.lsp.judge")
local methods = require("engine.lsp.methods")
local out = require("engine.lsp.out")
local rpc = require("engine.lsp.rpc")
local task = require("core.task")
local workspace = require("engine.lsp.workspace")

---@class engine.lsp.server
local M = {}

local QUEUE_BYTES_MAX = 128 << 20 -- of messages that wait; then nothing more is read
local PART_MS = 60000 -- a message that has begun goes on within it
local QUIET_MS = 150  -- nobody types for so long: the text is judged

M.MESSAGE = { error = 1, warning = 2, info = 3 }

---@class engine.lsp.Server
---@field state "new"|"running"|"shutdown"|"ended"
---@field documents engine.lsp.Documents
---@field workspace engine.lsp.Workspace
---@field client table            what the client can do
---@field out engine.lsp.Out
---@field queue table[]           messages that wait
---@field rule_files table<string, table<string, true>> files of rules of which something was told:
---       folder of the project → URIs
---@field define? engine.template.Given[]
---@field say fun(text: string)   to whoever reads standard error
local Server = {}
Server.__index = Server

---@class engine.lsp.Options
---@field fd_in integer
---@field fd_out integer
---@field opts table              of the command line
---@field user? engine.config.Source
---@field define? engine.template.Given[] values for tags, from the command line
---@field say fun(text: string)

--- Makes a server.
---@param opts engine.lsp.Options
---@return engine.lsp.Server
function M.new(opts)
  local self = setmetatable({
    state = "new", client = {}, queue = {}, queue_bytes = 0, rule_files = {},
    told = {}, say = opts.say, fd_in = opts.fd_in, define = opts.define,
    work = task.event(), room = task.event(), due = task.event(), documents = documents.new(),
  }, Server)
  self.workspace = workspace.new({
    opts = opts.opts, documents = self.documents, user = opts.user,
  })
  self.out = out.new(opts.fd_out, function()
    self:stop(1, self.out.err)
  end)
  return self
end

--- Ends the server; the first reason holds.
---@param code integer
---@param why? string
function Server:stop(code, why)
  if self.state ~= "ended" then
    self.state, self.exit_code, self.why = "ended", code, why
  end
  self.work:set()
  self.room:set()
  self.due:set()
end

--- Ends the server when a process does.
---@param pid? integer
function Server:end_with(pid)
  self.watching = pid and task.spawn(function()
    local why = require("engine.lsp.client_process").wait(pid)
    if why then
      self:gone(why)
    end
  end)
end

--- Ends the server since there is no client any more; that is no failure where it was asked for.
---@param why string
function Server:gone(why)
  local is_asked = self.state == "shutdown"
  self:stop(is_asked and 0 or 1, not is_asked and why or nil)
end

--- Sends a notification.
---@param method string
---@param params table
function Server:notify(method, params)
  self.out:send({ jsonrpc = "2.0", method = method, params = params })
end

--- Sends a request whose answer nobody waits for.
---@param method string
---@param params table
function Server:request(method, params)
  self.last_id = (self.last_id or 0) + 1
  self.out:send({ jsonrpc = "2.0", id = self.last_id, method = method, params = params })
end

--- Shows a message to the user, once.
---@param kind "error"|"warning"|"info"
---@param text string
function Server:show(kind, text)
  if not self.told[text] then
    self.told[text] = true
    self:notify(kind == "info" and "window/logMessage" or "window/showMessage",
      { type = M.MESSAGE[kind], message = text })
  end
end

--- Tells, once, what of a project is not used, and what is wrong with its rules.
---@param project engine.lsp.Project
function Server:tell_project(project)
  if project.is_told then
    return
  end
  project.is_told = true
  if project.why and not self.documents.by_path[project.file or ""] then -- else it is told there
    self:show("warning", "clnrm: settings of the project are left out: " .. project.why)
  end
  if project.rules_dir and not self.workspace.trust then
    self:show("info", ("clnrm: the rules in %s are not run: `clnrm lsp --trust` would")
      :format(project.rules_dir))
  end
  diagnostics.publish_rules(self, project)
end

--- Says when a document is judged next.
---@param document engine.lsp.Document
---@param quiet_ms? integer default: soon, if nobody goes on typing
function Server:judge_later(document, quiet_ms)
  if document.kind then
    document.due_ms = clock.now() // 1000000 + (quiet_ms or QUIET_MS)
    self.due:set()
  end
end

--- Has every document judged anew that may hang on a file; nil: on any.
---@param path? string
function Server:file_changed(path)
  local is_any = not path or documents.kind(path) == "project"
  for _, document in pairs(self.documents.by_uri) do
    if is_any or judge.hangs_on(document, path) then
      document.judgement = nil
      self:judge_later(document)
    end
  end
end

--- Cancels a request that still waits.
local function cancel(self, params)
  for _, waiting in ipairs(self.queue) do
    local message = waiting.message
    if message and message.id ~= nil and message.id == params.id then
      waiting.is_cancelled = true
    end
  end
end

--- Tells that a message was too long.  It may have been a change of a text: then what we hold of
--- it is another one than the editor has, so none is judged before it is known as a whole again.
local function too_long(self, skipped)
  local why = ("a message of %d bytes: more than %d MiB are not read"):format(skipped.size,
    frame.BODY_MAX >> 20)
  self.out:send(rpc.failure(nil, rpc.INVALID_REQUEST, why))
  if not skipped.begin:find('"method"%s*:%s*"textDocument/didOpen"') then
    self.queue[#self.queue + 1] = { size = 0, lost = why }
    self.work:set()
  end
end

--- Takes a body: what is no message is answered at once.
local function take(self, body)
  if type(body) == "table" then
    return too_long(self, body)
  end
  local message, failure = rpc.read(body)
  if failure then
    self.out:send(failure)
  elseif message and message.method == "$/cancelRequest" then
    cancel(self, message.params)
  elseif message and message.method then
    self.queue[#self.queue + 1] = { message = message, size = #body }
    self.queue_bytes = self.queue_bytes + #body
    self.work:set()
  end
end

--- Reads the next bytes; of a message that has begun they come within a limit.
local function next_bytes(self, input, framer)
  if framer:is_between() then
    return input:next()
  end
  local bytes, err = task.timeout(PART_MS, input.next, input)
  if err and err.code == "ETIMEDOUT" then
    self:stop(2, ("a message has begun, and %d seconds nothing more of it came"):format(
      PART_MS // 1000))
  end
  return bytes, err
end

--- Says what the end of the input means.
local function at_end(self, err, framer)
  if err then
    self:stop(2, "standard input: " .. err.message)
  elseif not framer:is_between() then
    self:stop(2, "standard input ended inside of a message")
  else
    self.queue[#self.queue + 1] = { is_end = true, size = 0 }
    self.work:set()
  end
end

local function read(self)
  local input <close> = assert(require("core.input").open(self.fd_in))
  local framer = frame.new()
  while self.state ~= "ended" do
    local bytes, err = next_bytes(self, input, framer)
    if not bytes then
      return at_end(self, err, framer)
    end
    local bodies, why = framer:feed(bytes)
    if not bodies then
      return self:stop(2, why)
    end
    for _, body in ipairs(bodies) do
      take(self, body)
    end
    while self.queue_bytes > QUEUE_BYTES_MAX and self.state ~= "ended" do
      self.room:clear()
      self.room:wait()
    end
  end
end

local function with_traceback(raised)
  if type(raised) == "table" and raised.rpc_code then
    return raised
  end
  return { rpc_code = rpc.INTERNAL_ERROR, trace = debug.traceback(tostring(raised), 2),
    message = "internal error: " .. tostring(raised) }
end

--- Refuses what may not be asked in this state.
local function refusal(self, method)
  if self.state == "new" and method ~= "initialize" then
    return rpc.NOT_INITIALIZED, "`initialize` comes first"
  elseif self.state == "running" and method == "initialize" then
    return rpc.INVALID_REQUEST, "`initialize` was there already"
  elseif self.state == "shutdown" then
    return rpc.INVALID_REQUEST, "after `shutdown` only `exit` may come"
  end
end

local function answer(self, message, is_cancelled)
  local id, fn = message.id, methods.requests[message.method]
  local code, why = refusal(self, message.method)
  if is_cancelled then
    code, why = rpc.CANCELLED, "cancelled"
  elseif not code and not fn then
    code, why = rpc.METHOD_NOT_FOUND, "there is no method " .. message.method
  end
  if code then
    return self.out:send(rpc.failure(id, code, why))
  end
  local ok, result = xpcall(fn, with_traceback, self, message.params)
  if ok then
    return self.out:send(rpc.answer(id, result))
  elseif result.trace then
    self.say("internal error: " .. result.trace)
  end
  self.out:send(rpc.failure(id, result.rpc_code, result.message))
end

--- Acts on a notification; what is wrong with one has no answer, and is told as a message.
local function act(self, message)
  local fn = methods.notifications[message.method]
  if message.method == "exit" then
    local is_asked = self.state == "shutdown"
    return self:stop(is_asked and 0 or 1, not is_asked and "`exit` came before `shutdown`" or nil)
  elseif self.state ~= "running" or not fn then
    return
  end
  local ok, raised = xpcall(fn, with_traceback, self, message.params)
  if not ok then
    self.say(("%s: %s"):format(message.method, raised.trace or raised.message))
    self:notify("window/logMessage", {
      type = M.MESSAGE.error, message = ("%s: %s"):format(message.method, raised.message),
    })
  end
end

--- Answers message after message.
local function serve(self)
  while self.state ~= "ended" do
    local waiting = table.remove(self.queue, 1)
    if not waiting then
      self.work:clear()
      if not self.work:wait() then
        return self:stop(1) -- the tasks that could go on have failed
      end
    elseif waiting.is_end then
      self:gone("the client is gone: standard input ended before `exit`")
    elseif waiting.lost then
      for _, document in pairs(self.documents.by_uri) do
        self.documents:lose(document, waiting.lost)
        self:judge_later(document)
      end
    else
      self.queue_bytes = self.queue_bytes - waiting.size
      self.room:set()
      if waiting.message.id ~= nil then
        answer(self, waiting.message, waiting.is_cancelled)
      else
        act(self, waiting.message)
      end
      task.yield() -- the reader may see that a request that waits was cancelled:
      task.yield() -- once for the loop to look, once for it to read
    end
  end
end

--- Finds the document that is to be judged first.
local function next_due(self)
  local first
  for _, document in pairs(self.documents.by_uri) do
    if document.due_ms and (not first or document.due_ms < first.due_ms) then
      first = document
    end
  end
  return first
end

--- Judges document after document, each when it is due and no message waits.
local function judge_all(self)
  while self.state ~= "ended" do
    local document = next_due(self)
    if not document then
      self.due:clear()
      if not self.due:wait() then
        return
      end
    else
      local wait_ms = document.due_ms - clock.now() // 1000000
      if wait_ms > 0 or self.queue[1] then
        task.sleep(math.max(1, math.min(wait_ms, QUIET_MS)))
      else
        document.due_ms = nil
        local ok, raised = xpcall(diagnostics.publish, with_traceback, self, document)
        if not ok then
          self.say("internal error: " .. (raised.trace or raised.message))
        end
        task.yield()
      end
    end
  end
end

--- Serves until the client ends it, or is gone.
---@async
---@return integer exit_code
---@return string? why it ended otherwise than asked for
function Server:run()
  local writer = task.spawn(self.out.run, self.out)
  local reader, judging = task.spawn(read, self), task.spawn(judge_all, self)
  serve(self)
  for _, running in ipairs({ writer, reader, judging }) do
    if running:failed() then
      running:join() -- raises what it raised
    end
  end
  reader:cancel()
  judging:cancel()
  if self.watching then
    self.watching:cancel()
  end
  self.out:close()
  task.timeout(5000, writer.join, writer)
  writer:cancel()
  return self.exit_code, self.why
end

return M
