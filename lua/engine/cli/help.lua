--- clnrm help: the commands, one of them, or a topic.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Explains a command or a topic.",
  usage = "clnrm help [COMMAND | TOPIC [NAME]]",
  examples = {
    { "clnrm help run", "everything about a command" },
    { "clnrm help exit-codes", "a topic" },
    { "clnrm help lua Room:exec", "a function of the Lua API" },
    { "clnrm help --format json", "commands, options and exit codes as data" },
  },
  formats = { "json" },
  exits = { 0, 2 },
}

local function overview(cx)
  local usage = require("engine.cli.usage")
  local topics = require("engine.cli.topics")
  local rows = {}
  for i, topic in ipairs(topics.list) do
    rows[i] = { topic.name, topic.summary }
  end
  local text = usage.program(cx.out.width, false)
  return text .. "\nTopics (clnrm help TOPIC):\n" .. usage.columns(rows, cx.out.width)
end

local function names()
  local list = {}
  for _, topic in ipairs(require("engine.cli.topics").list) do
    list[#list + 1] = topic.name
  end
  return table.move(require("engine.cli.commands").list, 1, 100, #list + 1, list)
end

--- Says which option is meant by a word that is neither a command nor a topic.
local function option_hint(name)
  local options, by_name, longs = require("engine.cli.options"), {}, {}
  for _, option in ipairs(options) do
    local command = (option.commands or {})[1]
    if command then
      longs[#longs + 1] = option.long
      by_name[option.long] = command == "global" and "clnrm help" or "clnrm help " .. command
    end
  end
  local near = require("engine.suggest").nearest((name:gsub("^%-+", "")), longs)
  return near and ("did you mean the option --%s? `%s` tells about it"):format(near, by_name[near])
end

local function is_command(name)
  local commands = require("engine.cli.commands")
  for _, candidate in ipairs(commands.list) do
    if candidate == name then
      return true
    end
  end
  return false
end

--- Explains a name inside of a topic.
local function run_name(cx, topic, name)
  local text, near = topic.on(name, cx.out.width)
  if not text then
    cx:error(("no '%s' in `clnrm help %s`"):format(name, topic.name),
      near and ("did you mean '%s'?"):format(near),
      ("`clnrm help %s` lists the names"):format(topic.name))
    return exit_codes.INPUT
  end
  require("engine.ui.pager").show(cx.out, text)
  return exit_codes.OK
end

function M.run(cx)
  local has_names = cx.args[1] and require("engine.cli.topics").get(cx.args[1])
  has_names = has_names and has_names.on and has_names
  local refused = cx:check_args(has_names and 2 or 1)
  if refused then
    return refused
  end
  local usage = require("engine.cli.usage")
  if cx.format == "json" then
    cx.out:write(require("core.json").encode(usage.data(), { indent = 2 }) .. "\n")
    return exit_codes.OK
  end
  local name = cx.args[1]
  if cx.args[2] then
    return run_name(cx, has_names, cx.args[2])
  end
  name = name and require("engine.cli.commands").alias[name] or name
  local text
  if not name then
    text = overview(cx)
  else
    local topic = require("engine.cli.topics").get(name)
    if not topic and not is_command(name) then
      local near = require("engine.suggest").nearest(name, names())
      local hint = near and ("did you mean '%s'?"):format(near) or option_hint(name)
      cx:error(("no help on '%s'"):format(name), hint,
        "`clnrm help` lists commands and topics")
      return exit_codes.INPUT
    end
    if not topic then
      text = usage.long(name, cx.out.width)
    else
      text = type(topic.text) == "function" and topic.text(cx.out.width) or topic.text
    end
  end
  require("engine.ui.pager").show(cx.out, text)
  return exit_codes.OK
end

return M
