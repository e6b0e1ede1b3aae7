--- Installs what the engine does for the modules of scripts: see stdlib/clnrm/host.lua.
local checks = require("engine.script.checks")
local contexts = require("engine.script.context")
local host = require("clnrm.host")
local http = require("engine.script.http")
local options = require("engine.script.options")
local place = require("engine.script.place")
local program = require("engine.script.program")
local suggest = require("engine.suggest")

---@class engine.script.host
local M = {}

--- Returns the registry of the file that is being loaded.
local function registry(what)
  local context = host.context()
  if context and context.kind == "loading" and not context.is_closed then
    return context
  elseif not context and program.registry() then
    return program.registry()
  end
  place.misuse(what .. ": only while a file of tests is loaded, not while tests run")
end

local functions = {
  check = checks.check,
  trial = contexts.trial,
  expecting = checks.expecting,
  settle = checks.settle,
  cut_of = checks.cut_of,
  duration = options.duration,
  suggest = suggest.nearest,
  misuse = place.misuse,
  here = place.here,
  expect = require("engine.expect.host"),
}

function functions.test(name, opts, fn)
  registry("clnrm.test"):test(name, opts, fn)
end

function functions.only(name, opts, fn)
  registry("clnrm.only"):test(name, opts, fn, { only = true, what = "clnrm.only" })
end

function functions.skip(name, reason)
  registry("clnrm.skip"):skip(name, reason)
end

function functions.fixture(name, opts)
  registry("clnrm.fixture"):fixture(name, opts)
end

function functions.hook(when, fn)
  registry("clnrm." .. when):hook(when, fn)
end

--- Returns the table in which a file keeps what is its own.
function functions.own()
  local context = host.context()
  if not context then
    return program.context().own
  end
  return context.own or context.file.registry.own
end

--- Returns the project of the file that runs.
---@return string dir absolute
function functions.project_dir()
  local context = host.context() or program.context()
  local suite = context.suite or context.cx.scenario.suite
  return suite.project_dir
end

--- Asks a server of a room.
function functions.http(room, request)
  return http.request(room, request)
end

--- Opens a room in a plain program.
function functions.open(spec)
  local context = host.context()
  if context and context.kind ~= "program" then
    place.misuse("clnrm.open: it is for plain programs; in a test say t:open{…}")
  end
  context = context or program.context()
  return context:open(spec)
end

--- Makes fake data.
function functions.fake(kind, given)
  return require("engine.script.generate").fake(kind, given)
end

function functions.fake_kinds()
  return require("engine.generate.fake").list()
end

--- Calls a function with generated values.
function functions.property(gen, fn, given)
  require("engine.script.generate").property(gen, fn, given)
end

--- Installs the host, once.
function M.install()
  if not host.is_installed() then
    host.install(functions)
  end
end

return M
