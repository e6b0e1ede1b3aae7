--- docs/reference/cli.md: the commands, options and exit codes, from the program's own tables.
local commands = require("engine.cli.commands")
local exit_codes = require("engine.cli.exit_codes")
local keys = require("engine.config.keys")
local options = require("engine.cli.options")
local parse = require("engine.cli.parse")
local usage = require("engine.cli.usage")

local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function option_rows(out, wanted, command)
  out[#out + 1] = "| option | meaning | default |\n| --- | --- | --- |"
  for _, option in ipairs(options) do
    if wanted(option) then
      local names = "`" .. cell(usage.spelling(option, command):gsub("^%s+", "")) .. "`"
      for _, alias in ipairs(option.alias or {}) do
        names = names .. (", `%s%s`"):format(#alias == 1 and "-" or "--", alias)
      end
      out[#out + 1] = ("| %s | %s | %s |"):format(names, cell(usage.text(option, command)),
        option.default or "")
    end
  end
  out[#out + 1] = ""
end

local function add_command(out, name)
  local command = commands.load(name)
  out[#out + 1] = ("## clnrm %s\n\n%s\n"):format(name, command.summary)
  out[#out + 1] = ("```text\n%s\n```\n"):format(command.usage)
  for _, example in ipairs(command.examples) do
    out[#out + 1] = ("- `%s`: %s"):format(example[1], example[2])
  end
  out[#out + 1] = ""
  if command.text then
    out[#out + 1] = command.text
  end
  local function is_own(option)
    return parse.applies(option, name) and not parse.applies(option, nil)
  end
  for _, option in ipairs(options) do
    if is_own(option) then
      option_rows(out, is_own, name)
      break
    end
  end
  if command.formats then
    out[#out + 1] = ("Formats: human, %s.\n"):format(table.concat(command.formats, ", "))
  end
  if command.exits then
    out[#out + 1] = ("Exit codes: %s.\n"):format(table.concat(command.exits, ", "))
  end
end

local function add_tables(out)
  out[#out + 1] = "## Options of every command\n\nThey work before and after the command.\n"
  option_rows(out, function(option)
    return parse.applies(option, nil)
  end)
  out[#out + 1] = "## Exit codes\n\n| code | meaning |\n| ---: | --- |"
  for _, entry in ipairs(exit_codes.list) do
    out[#out + 1] = ("| %d | %s |"):format(entry.code, entry.text)
  end
  out[#out + 1] = ("\nSeveral at once: %s.\n"):format(table.concat(exit_codes.precedence, " > "))
  out[#out + 1] = "## Keys of clnrm.toml\n\n| key | meaning | variable | flag |\n"
    .. "| --- | --- | --- | --- |"
  for _, key in ipairs(keys.list) do
    local names = "`" .. key.name .. "`"
    for _, alias in ipairs(key.alias or {}) do
      names = names .. ", `" .. alias .. "`"
    end
    out[#out + 1] = ("| %s | %s | %s | %s |"):format(names, cell(key.text),
      key.env and "`CLNRM_" .. key.env .. "`" or "", key.flag and "`--" .. key.flag .. "`" or "")
  end
  out[#out + 1] = ""
end

local function make()
  local out = {
    "# Command line\n\nMade from the option table by `make docs`: do not edit.",
    "\n```text\nclnrm [options] COMMAND [args]\nclnrm FILE.lua [args]\n```\n",
  }
  for _, name in ipairs(commands.list) do
    add_command(out, name)
  end
  add_tables(out)
  return (table.concat(out, "\n"):gsub("\n\n\n+", "\n\n"):gsub("\n*$", "\n"))
end

return { file = "docs/reference/cli.md", make = make }
