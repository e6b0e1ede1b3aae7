--- For specs: a scripted engine, and a proxy before a real one.
--- See tests/tools/fake_engine.py and tests/tools/engine_proxy.py.
local json = require("clnrm.json")
local proc = require("core.proc")
local task = require("clnrm.task")

local support = dofile("tests/e2e/support.lua")

local M = {}

local READY_MS, SIGKILL = 60000, 9

---@class tests.Fake
---@field host string     what DOCKER_HOST takes
---@field socket string
---@field dir string      of the fake, with what it recorded
local Fake = {}
Fake.__index = Fake

local function start(dir, program, ...)
  local argv = { "python3", "-S", "tests/tools/" .. program, dir .. "/s", ... }
  local process = assert(proc.spawn({ argv = argv }))
  local fake = setmetatable({
    process = process,
    dir = dir,
    socket = dir .. "/s",
    host = "unix://" .. dir .. "/s",
  }, Fake)
  for _ = 1, READY_MS do
    if process:stdout() == "ready\n" then
      return fake
    end
    task.sleep(1)
  end
  local said = process:stderr()
  fake:close()
  error(program .. " did not start: " .. tostring(said))
end

--- Ends it and removes its directory.
function Fake:close()
  if self.process then
    self.process:signal(SIGKILL)
    self.process:wait()
    self.process = nil
    support.remove(self.dir)
  end
end
Fake.__close = Fake.close

--- Reads the log; what was asked, in order, and whether an answer is still on its way.
local function read_log(path)
  local entries, is_going = {}, false
  for line in (support.read(path) or ""):gmatch("([^\n]*)\n") do
    local told = assert(json.decode(line))
    if told.request then
      entries[told.n] = told
    else
      entries[told.n].sent = told.sent
    end
  end
  for _, entry in ipairs(entries) do
    is_going = is_going or not (entry.sent or entry.waits)
  end
  return entries, is_going
end

--- What was asked so far, in order; of a fake engine.  A request is in it before the first byte of
--- its answer; answers that are neither late, slow nor none are waited for.
---@return { request: string, headers: table<string, string>, body: string, sent?: integer }[]
function Fake:log()
  for _ = 1, READY_MS do
    local entries, is_going = read_log(self.dir .. "/log")
    if not is_going then
      return entries
    end
    task.sleep(1)
  end
  error("an answer of the fake engine did not end")
end

--- All bytes of a connection that a proxy passed; connections count from 1.
---@param number integer
---@param way "up"|"down"|"forwarded"
---@return string? bytes
function Fake:bytes(number, way)
  return support.read(("%s/%d.%s"):format(self.dir, number, way))
end

--- JSON holds characters; the fake sends each as one byte.
local function to_latin1(value)
  if type(value) == "string" then
    return (value:gsub("[\x80-\xff]", function(byte)
      return utf8.char(byte:byte())
    end))
  elseif type(value) == "table" then
    local copy = {}
    for key, item in pairs(value) do
      copy[key] = to_latin1(item)
    end
    return copy
  end
  return value
end

--- Starts a daemon that plays rules; their strings are bytes.
---@param rules table[] see tests/tools/fake_engine.py
---@return tests.Fake
function M.engine(rules)
  local dir = support.tempdir()
  support.write(dir .. "/script", assert(json.encode(to_latin1(rules))))
  return start(dir, "fake_engine.py", dir .. "/script", "--log", dir .. "/log")
end

--- Starts a proxy before an engine.
---@param host string unix://PATH
---@param ... string faults: see tests/tools/engine_proxy.py
---@return tests.Fake
function M.proxy(host, ...)
  local dir = support.tempdir()
  local socket = assert(host:match("^unix://(.*)$"), "the proxy stands before unix sockets")
  return start(dir, "engine_proxy.py", socket, dir, ...)
end

-- Half-closes, so that who has answered all closes, too; "open" is who has not within the time.
local CLIENT = [[
import socket, sys
for _ in range(int(sys.argv[4])):
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(float(sys.argv[3]))
    got, how = b"", "end"
    try:
        s.sendall(sys.argv[2].encode("latin-1"))
        s.shutdown(socket.SHUT_WR)
        while data := s.recv(65536):
            got += data
    except TimeoutError:
        how = "open"
    except OSError:
        how = "reset"
    s.close()
    print(how, len(got), flush=True)
    sys.stdout.buffer.write(got + b"\n")
    sys.stdout.buffer.flush()
]]

---@class tests.Exchange
---@field answer string
---@field how "end"|"open"|"reset" who ended it: the server, nobody within the time

--- Sends bytes on some connections, one after the other, and reads until they are closed.
---@param socket string
---@param bytes string
---@param opts? { wait_s?: number, count?: integer } wait_s: for each read, default 60
---@return tests.Exchange[]
function M.exchanges(socket, bytes, opts)
  opts = opts or {}
  local process = assert(proc.spawn({
    argv = {
      "python3", "-S", "-c", CLIENT, socket, bytes, tostring(opts.wait_s or 60),
      tostring(opts.count or 1),
    },
  }))
  assert(process:wait())
  local out, at, list = process:stdout(), 1, {}
  while at <= #out do
    local how, size, from = out:match("^(%a+) (%d+)\n()", at)
    list[#list + 1] = { how = how, answer = out:sub(from, from + size - 1) }
    at = from + size + 1
  end
  return list
end

--- The same for one connection.
---@param socket string
---@param bytes string
---@param wait_s? number
---@return string answer
---@return string how
function M.exchange(socket, bytes, wait_s)
  local got = M.exchanges(socket, bytes, { wait_s = wait_s })[1]
  return got.answer, got.how
end

return M
