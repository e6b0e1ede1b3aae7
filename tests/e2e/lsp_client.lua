--- A client of `clnrm lsp`: starts the built program and talks to it over two pipes with names.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local M = {}

---@class tests.LspClient
---@field dir string    the project; removed by `finish`
---@field got table[]   notifications and requests of the server that nobody has asked for yet
local Client = {}
Client.__index = Client

--- Starts a server in a folder of its own.
---@param opts? { args?: string, files?: table<string, string>, dir?: string, raw?: boolean,
---   capabilities?: table } raw: it is not initialized
---@return tests.LspClient
function M.start(opts)
  opts = opts or {}
  local pipes = support.tempdir()
  local self = setmetatable({ pipes = pipes, dir = opts.dir or support.tempdir(), got = {},
    last_id = 0, has_own_dir = not opts.dir }, Client)
  for file, text in pairs(opts.files or {}) do
    support.write(self.dir .. "/" .. file, text)
  end
  assert(os.execute(("mkfifo %s/in %s/out && mkdir %s/home"):format(pipes, pipes, pipes)))
  local words = { "env", "-i", "HOME=" .. pipes .. "/home", "PATH=" .. os.getenv("PATH"),
    "LANG=C.UTF-8" }
  for _, name in ipairs({ "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "CLNRM_LUA_DIR" }) do
    words[#words + 1] = os.getenv(name) and support.quote(name .. "=" .. os.getenv(name)) or nil
  end
  self.process = assert(io.popen(("cd %s && %s timeout -k 5 60 %s lsp %s <%s/in >%s/out 2>%s/err; "
    .. "echo $?"):format(self.dir, table.concat(words, " "), support.clnrm, opts.args or "", pipes,
    pipes, pipes)))
  self.input = assert(io.open(pipes .. "/in", "wb"))
  self.output = assert(io.open(pipes .. "/out", "rb"))
  if not opts.raw then
    self.initialized = self:request("initialize", { capabilities = opts.capabilities or {} })
    self:notify("initialized", {})
  end
  return self
end

--- Frames a message.
---@param message table
---@return string
function M.framed(message)
  message.jsonrpc = "2.0"
  local body = assert(json.encode(message))
  return ("Content-Length: %d\r\n\r\n%s"):format(#body, body)
end

--- Writes bytes as they are; a server that is gone does not read them.
function Client:write(bytes)
  self.input:write(bytes)
  self.input:flush()
end

--- Reads the next message of the server; nil at the end.
---@return table?
function Client:read()
  local length
  for line in self.output:lines() do
    if line == "\r" then
      return assert(json.decode(self.output:read(length)))
    end
    length = math.tointeger(tonumber(line:match("^Content%-Length: (%d+)\r$")))
    assert(length, "no header: " .. line)
  end
end

--- Takes the first message that `wanted` holds for; others are kept.
function Client:take(wanted)
  for i, message in ipairs(self.got) do
    if wanted(message) then
      return table.remove(self.got, i)
    end
  end
  while true do
    local message = assert(self:read(), "the server has ended")
    if wanted(message) then
      return message
    end
    self.got[#self.got + 1] = message
  end
end

function Client:notify(method, params)
  self:write(M.framed({ method = method, params = params }))
end

--- Sends a request and does not wait.
---@return integer id
function Client:send(method, params)
  self.last_id = self.last_id + 1
  self:write(M.framed({ id = self.last_id, method = method, params = params }))
  return self.last_id
end

--- Waits for an answer.
---@return any result json.null where there is none
---@return table? error
function Client:answer(id)
  local message = self:take(function(m)
    return m.id == id and not m.method
  end)
  return message.result, message.error
end

function Client:request(method, params)
  return self:answer(self:send(method, params))
end

function Client:uri(file)
  return "file://" .. self.dir .. "/" .. file
end

--- Opens a document.
function Client:open(file, text, version)
  self:notify("textDocument/didOpen", { textDocument = {
    uri = self:uri(file), languageId = "toml", version = version or 1, text = text,
  } })
end

--- Changes a document: a text for the whole of it, or a list of changes.
function Client:change(file, changes, version)
  self:notify("textDocument/didChange", {
    textDocument = { uri = self:uri(file), version = version or 2 },
    contentChanges = json.array(type(changes) == "string" and { { text = changes } } or changes),
  })
end

--- Waits for what is told of a document next.
---@return table[] diagnostics
---@return table params
function Client:diagnostics(file)
  local uri = self:uri(file)
  local message = self:take(function(m)
    return m.method == "textDocument/publishDiagnostics" and m.params.uri == uri
  end)
  return message.params.diagnostics, message.params
end

--- Asks about a place, or about a document.
function Client:ask(method, file, line, character, more)
  local params = more or {}
  params.textDocument = { uri = self:uri(file) }
  params.position = line and { line = line, character = character }
  return self:request("textDocument/" .. method, params)
end

--- Ends the server as a client does, or by closing its input; waits for it.
---@param is_rude? boolean
---@return integer code
---@return string err what it wrote to standard error
function Client:finish(is_rude)
  if not is_rude then
    self:request("shutdown")
    self:notify("exit")
  end
  self.input:close()
  self.rest = self.output:read("a")
  self.output:close()
  local code = math.tointeger(tonumber(self.process:read("a")))
  self.process:close()
  local err = support.read(self.pipes .. "/err")
  support.remove(self.pipes)
  if self.has_own_dir then
    support.remove(self.dir)
  end
  return code, err
end

M.support = support

return M
