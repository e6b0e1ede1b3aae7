--- clnrm dev, and `clnrm run --watch`: tests run again on each save.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Runs tests again on each save: those that it touches.",
  usage = "clnrm dev [options] [PATH[:LINE] ...]",
  examples = {
    { "clnrm dev", "a full screen (`clnrm help keys`)" },
    { "clnrm dev --inline", "one report below the other" },
    { "clnrm dev --inline -v tests/db.clnrm.toml", "of one file, and what each reload took" },
    { "clnrm dev --ui", "in a browser of this machine, too" },
    { "clnrm dev --inline --once --json", "one turn, with what it took as JSON" },
  },
  formats = { "line", "dot", "concise", "json", "junit", "tap", "md", "github", "events" },
  exits = { 0, 1, 2, 3, 4, 6, 124, 129, 130, 141, 143 },
}

local DEBOUNCE_LOW, DEBOUNCE_HIGH = 50, 2000

local function warn(cx, text)
  if not cx.opts.quiet then
    cx.err:write("warning: " .. text .. "\n")
  end
end

--- Refuses to begin what nobody would end.
---@return boolean ok
local function check_ci(cx)
  if not require("engine.ci").is_set(os.getenv) or cx.opts.once or cx.opts.force then
    return true
  end
  cx:error("CI is set, and dev goes on until somebody ends it",
    "clnrm run; clnrm dev --once is one turn of it, --force begins it all the same")
  return false
end

local function check_debounce(cx)
  local ms = cx.config.values["watch.debounce_ms"]
  if ms and ms < DEBOUNCE_LOW then
    warn(cx, ("a debounce of %d ms: below %d ms a save in several writes may be taken for several; "
      .. "without it a lone save waits 5 ms, and one that is still written to longer")
      :format(ms, DEBOUNCE_LOW))
  elseif ms and ms > DEBOUNCE_HIGH then
    warn(cx, ("a debounce of %d ms: each save waits longer than %d ms"):format(ms, DEBOUNCE_HIGH))
  end
end

--- Makes the view: lines for people, objects where events are written, nothing beside a document.
---@return (fun(): fun(state: engine.dev.State, event: table))?
local function view_of(cx)
  if cx.format == "events" then
    local report = require("engine.report.events").new({
      write = function(bytes)
        cx.out:write(bytes)
      end,
    })
    local own = { reload_begin = true, reload_end = true, unaffected = true, reload_failed = true,
      settings_read = true, refusal_over = true, file_gone = true, looping = true,
      rooms_ready = true, asked = true, paused = true,
      narrowed = true, broken_only = true, serving = true, unwatched = true }
    return function()
      return function(_, event)
        if own[event.event] then
          report:on_event(event)
        end
      end
    end
  elseif cx.opts.quiet then
    return nil
  end
  local to = cx.format == "human" and cx.out or cx.err
  local inline = require("engine.dev.inline").new({
    look = to,
    write = function(text)
      to:write(text)
    end,
    verbose = cx.opts.verbose or 0,
    is_once = cx.opts.once,
    cwd = require("core.fs").getcwd() or "/",
  })
  return function()
    return function(state, event)
      inline:on_event(state, event)
    end
  end
end

--- Opens the full screen where there can be one and it is wanted.
---@return engine.dev.screen.View?
local function open_screen(cx)
  if cx.command ~= "dev" or cx.opts.inline or cx.opts.once or cx.opts.quiet
    or cx.format ~= "human" then
    return nil
  end
  local screen, why = require("engine.dev.screen").open(cx)
  if not screen then
    cx.err:write(("note: no full screen: %s; this is --inline\n"):format(cx:safe(why)))
  end
  cx.has_screen = screen ~= nil
  return screen
end

--- Has documents of --once tell what its stages took.
local function tell_loop(cx)
  return function(loop)
    cx.tell_loop = function()
      return { stages = loop.cycle and loop.cycle:stages(), metrics = loop.metrics:told() }
    end
    return function() end
  end
end

--- Writes what the stages took, for --once.
local function tell_metrics(cx, loop)
  local told = { event = "metrics", cycle = loop.state.cycle and loop.state.cycle.stages,
    metrics = loop.metrics:told() }
  if cx.format == "events" then
    cx.out:write(require("engine.report.plain").line(told) .. "\n")
  end
end

--- Makes what names the project, by the settings as they were read last.
local function namer(cx)
  return function()
    return cx.config.values["project.name"] or cx.project.dir:match("[^/]*$")
  end
end

--- Opens the page of --ui.
---@return engine.dev.Ui? ui
---@return integer? exit_code it cannot be served, which was told
local function open_ui(cx)
  local port = cx.opts.ui ~= true and cx.opts.ui or nil
  local ui, err = require("engine.dev.ui").open({ port = port, project = namer(cx) })
  if ui then
    return ui
  elseif err.code == "EADDRINUSE" then
    cx:error(("--ui: port %d is taken by another program"):format(port),
      "name another one, or say --ui alone: it takes one that is free")
  else
    cx:error(("--ui: the page cannot be served: %s"):format(err.message),
      err.code == "EACCES" and "ports below 1024 are for root" or nil)
  end
  return nil, exit_codes.ENVIRONMENT
end

--- Runs the loop.
---@async
---@param cx engine.cli.Context
---@return integer exit_code
function M.run(cx)
  if cx.command == "dev" and not check_ci(cx) or not cx:load_config() then
    return exit_codes.INPUT
  end
  require("engine.cli.run").settle_format(cx, cx.config)
  check_debounce(cx)
  local views = {}
  local ui, refused
  if cx.opts.ui then
    ui, refused = open_ui(cx)
    if not ui then
      return refused
    end
    views[#views + 1] = function(loop)
      return ui:follow(loop)
    end
    if cx.opts.quiet then
      cx.err:write(ui.url .. "\n") -- nobody else tells it, and nothing else leads there
    end
  end
  local _ <close> = ui
  local screen <close> = open_screen(cx)
  local shown = screen and function(loop)
    return screen:attach(loop)
  end or view_of(cx)
  if shown then -- nothing is, when it is told to be quiet
    table.insert(views, 1, shown)
  end
  if cx.opts.once then
    views[#views + 1] = tell_loop(cx)
  end
  if cx.opts.bell or cx.opts.notify then
    views[#views + 1] = require("engine.dev.notice").view({
      bell = cx.opts.bell, notify = cx.opts.notify, screen = screen, project = namer(cx),
      warn = function(text)
        warn(cx, text)
      end,
    })
  end
  local loops = require("engine.dev.loop")
  local code, loop = loops.run(cx, {
    once = cx.opts.once,
    timebox_ms = cx.opts.timebox,
    clear = cx.opts.clear and cx.out.is_tty and not screen,
    on_clear = function()
      cx.out:write("\27[H\27[2J\27[3J")
    end,
    views = views,
  })
  if screen then
    screen:close()
    require("engine.dev.screen.ending").tell(cx, loop, screen)
  else
    local held = require("engine.dev.screen.ending").held(cx.err, loop)
    if held then
      warn(cx, held)
    end
  end
  if cx.opts.once then
    tell_metrics(cx, loop)
  end
  return code
end

return M
