--- Mutants of what was observed while a service came up: each form of `wait`, the health check, the
--- service's own life; from a world in which it comes up, one thing flipped.
---
--- The engine's own services run, over a room whose answers are scripted.
local clock = require("core.clock")
local core = require("core.task")
local error_new = require("core.error").new
local http = require("engine.backend.http_probe")

local M = {}

local TIMEOUT_MS = 40
local NIL = {} -- stands for the removal of a field

local function err(code, message)
  return error_new({ code = code, message = message or code, op = "scripted" })
end

-- Worlds: what a room answers.  `ends`: how the service ends by itself; nil: it lives.

local function answer(status, body)
  return ("HTTP/1.0 %s\r\nContent-Length: %d\r\n\r\n%s"):format(status, #body, body)
end

--- Lists the cases: a wait, and the world in which it comes true.
---@return { name: string, spec: table, world: table, flips: table<string, fun(world: table)> }[]
function M.cases()
  local END_FLIPS = {
    ["it has ended with 0"] = function(w)
      w.ends = { code = 0 }
    end,
    ["it has ended with 1"] = function(w)
      w.ends = { code = 1 }
    end,
    ["it was killed"] = function(w)
      w.ends = { signal = 9 }
    end,
    ["it crashed"] = function(w)
      w.ends = { signal = 11 }
    end,
    ["its room was lost"] = function(w)
      w.lost = err("EAGENT")
    end,
    ["it could not start"] = function(w)
      w.start_error = err("COMMAND_NOT_FOUND")
    end,
    ["it was never started"] = function(w)
      w.start_error = err("EACCES")
    end,
  }
  local function flips(own)
    for name, edit in pairs(END_FLIPS) do
      own[name] = own[name] or edit
    end
    return own
  end
  local function set(field, value)
    return function(w)
      w[field] = value ~= NIL and value or nil
    end
  end
  local function wait(fields)
    fields.timeout_ms, fields.key = TIMEOUT_MS, "wait"
    return { fields }
  end
  local cmd_flips = {
    ["its command exits with 1"] = set("exec", { exit_code = 1 }),
    ["its command exits with 255"] = set("exec", { exit_code = 255 }),
    ["its command is killed"] = set("exec", { signal = 9 }),
    ["its command takes too long"] = set("exec", { exit_code = 0, timed_out = true }),
    ["its command is not there"] = set("exec", err("COMMAND_NOT_FOUND")),
    ["its command lost the room"] = set("exec", err("EAGENT")),
    ["its command has no end"] = set("exec", {}),
  }
  return {
    {
      name = "nothing",
      spec = {},
      world = {},
      flips = flips({}),
    },
    {
      name = "port",
      spec = { wait = wait({ kind = "port", value = 80 }) },
      world = { port = true },
      flips = flips({
        ["nobody listens"] = set("port", err("ECONNREFUSED")),
        ["another holds it"] = set("port", err("EOWNER")),
        ["nothing of it is left"] = set("port", err("ESRCH")),
        ["there is no answer"] = set("port", err("ETIMEDOUT")),
        ["the agent is tampered with"] = set("port", err("EPROTO")),
        ["the answer is no answer"] = set("port", NIL),
      }),
    },
    {
      name = "http",
      spec = { wait = wait({
        kind = "http", value = "/", host = "it", port = 80, status = 200, body = "ready",
      }) },
      world = { port = true, page = answer("200 OK", "I am ready.") },
      flips = flips({
        ["another holds the port"] = set("port", err("EOWNER")),
        ["nobody listens"] = set("page", err("ECONNREFUSED")),
        ["another body"] = set("page", answer("200 OK", "I am starting.")),
        ["no body"] = set("page", answer("200 OK", "")),
        ["the body in the head"] = set("page", "HTTP/1.0 200 OK\r\nX: ready\r\n\r\n"),
        ["503"] = set("page", answer("503 Not Yet", "I am ready.")),
        ["404"] = set("page", answer("404 Not Found", "I am ready.")),
        ["204"] = set("page", answer("204 No Content", "ready")),
        ["a redirect"] = set("page", answer("302 Found", "ready")),
        ["another protocol"] = set("page", "SSH-2.0-OpenSSH ready 200\r\n"),
        ["half a status line"] = set("page", "HTTP/1.0 20"),
        ["no answer"] = set("page", ""),
        ["the connection breaks"] = set("page_error", err("ECONNRESET")),
      }),
    },
    {
      name = "log",
      spec = { wait = wait({ kind = "log", value = "ready to serve", times = 2 }) },
      world = { stdout = "ready to serve\n", stderr = "now ready to serve\n" },
      flips = flips({
        ["once"] = set("stderr", ""),
        ["never"] = function(w)
          w.stdout, w.stderr = "", ""
        end,
        ["other words"] = set("stdout", "ready to stop\n"),
        ["in two lines"] = set("stdout", "ready\nto serve\n"),
        ["in capitals"] = set("stdout", "READY TO SERVE\n"),
        ["half of it on the other output"] = function(w)
          w.stdout, w.stderr = "ready to ", "serve\nready to serve\n"
        end,
      }),
    },
    {
      name = "file",
      spec = { wait = wait({ kind = "file", value = "/var/lib/it/pid" }) },
      world = { file = { kind = "file", mode = 420, size = 0 } },
      flips = flips({
        ["it is absent"] = set("file", { kind = "absent" }),
        ["it cannot be looked at"] = set("file", err("EACCES")),
        ["its directory is no directory"] = set("file", err("ENOTDIR")),
        ["the room is lost"] = set("file", err("EAGENT")),
      }),
    },
    {
      name = "cmd",
      spec = { wait = wait({ kind = "cmd", argv = { "ask" } }) },
      world = { exec = { exit_code = 0 } },
      flips = flips(cmd_flips),
    },
    {
      name = "health",
      spec = { health = {
        argv = { "ask" }, interval_ms = 1, timeout_ms = TIMEOUT_MS, retries = 2,
        start_period_ms = 0,
      } },
      world = { exec = { exit_code = 0 } },
      flips = flips(cmd_flips),
    },
    {
      name = "task",
      spec = { kind = "task" },
      world = { ends = { code = 0 } },
      flips = {
        ["it exits with 1"] = set("ends", { code = 1 }),
        ["it exits with 127"] = set("ends", { code = 127 }),
        ["it is killed"] = set("ends", { signal = 9 }),
        ["it crashes"] = set("ends", { signal = 6 }),
        ["its end is of no kind"] = set("ends", {}),
        ["its room was lost"] = END_FLIPS["its room was lost"],
        ["it could not start"] = END_FLIPS["it could not start"],
      },
    },
    {
      name = "exit",
      spec = { kind = "task", wait = wait({ kind = "exit", value = 3 }) },
      world = { ends = { code = 3 } },
      flips = {
        ["it exits with 0"] = set("ends", { code = 0 }),
        ["it is killed by signal 3"] = set("ends", { signal = 3 }),
        ["it does not end"] = set("ends", NIL),
        ["its room was lost"] = END_FLIPS["its room was lost"],
      },
    },
  }
end

-- The scripted room

local Process = {}
Process.__index = Process

function Process:wait()
  self.over:wait()
  if self.world.lost then
    return nil, self.world.lost
  end
  return {
    kind = self.ended.signal and "signalled" or "exited",
    code = self.ended.code,
    signal = self.ended.signal,
    timed_out = false,
    duration_ms = self.duration_ms,
    signals = self.signals or 0,
    leaked = 0,
    leak_names = "",
  }
end

function Process:read(stream, offset)
  local text = (self.world[stream] or ""):sub(offset + 1)
  if text == "" then
    self.over:wait()
  end
  return text
end

function Process:stdout()
  return self.world.stdout or "", 0
end

function Process:stderr()
  return self.world.stderr or "", 0
end

function Process:finish(ended)
  if not self.ended then
    self.ended, self.duration_ms = ended, (clock.now() - self.began) / 1e6
    self.over:set()
  end
end

function Process:signal(number)
  self.signals = (self.signals or 0) + (self.ended and 0 or 1)
  self:finish({ signal = number })
  return true
end

function Process:kill()
  self.signals = (self.signals or 0) + (self.ended and 0 or 1)
  self:finish({ signal = 9 })
end

function Process:close()
  self:kill()
end

local function new_process(world)
  local process = setmetatable({ world = world, over = core.event() }, Process)
  process.began = clock.now()
  if world.lost or world.ends then
    core.spawn(function()
      core.sleep(world.ends_after_ms or 1)
      process:finish(world.ends or {})
    end)
  end
  return process
end

local function is_error(value)
  return type(value) == "table" and getmetatable(value) ~= nil
end

--- What `core.room` would be to an HTTP probe.
local function mechanism(world)
  return {
    probe = function()
      if world.port == true then
        return true
      end
      return nil, world.port or err("ECONNREFUSED")
    end,
    dial = function()
      if is_error(world.page) then
        return nil, world.page
      end
      local at = 0
      return setmetatable({
        write = function()
          return true
        end,
        read = function()
          at = at + 1
          if world.page_error then
            return nil, world.page_error
          end
          return at == 1 and world.page or ""
        end,
        finish = function() end,
      }, { __close = function() end })
    end,
  }
end

--- Makes a room of a world, for a backend; `exec_step` runs the steps.
---@param world table
---@param exec_step fun(opts: table): table
---@return table
function M.room(world, exec_step)
  local room = { isolation = { net = "none" } }
  function room.start(_, opts)
    if opts.on_spawn then
      opts.on_spawn()
    end
    if world.start_error then
      return nil, world.start_error
    end
    return new_process(world)
  end
  function room.exec(_, opts)
    core.yield()
    if not opts.service then
      return exec_step(opts)
    elseif is_error(world.exec) then
      return nil, world.exec
    end
    local result = { duration_ms = 1, timed_out = false, stdout_bytes = 0, stderr_bytes = 0 }
    for key, value in pairs(world.exec or {}) do
      result[key] = value
    end
    function result.stdout()
      return "", 0
    end
    result.stderr = result.stdout
    function result.close() end
    return result
  end
  function room.probe(_, what, where)
    core.yield()
    local core_room = mechanism(world)
    if what.http then
      return http.probe(core_room, what, where)
    elseif what.port then
      return core_room.probe()
    elseif is_error(world.file) then
      return nil, world.file
    elseif not world.file or world.file.kind == "absent" then
      return nil, err("ENOENT")
    end
    return true
  end
  function room.put()
    return true
  end
  function room.close()
    return { killed = 0 }
  end
  return room
end

return M
