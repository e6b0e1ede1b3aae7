--- clnrm explain CODE: what a diagnostic means and what to do about it.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Explains the code of an error, such as P102.",
  usage = "clnrm explain CODE",
  examples = {
    { "clnrm explain P120", "why it is an error, with a bad and a good example" },
    { "clnrm explain", "all codes" },
  },
  formats = { "json" },
  exits = { 0, 2 },
}

local function all(cx)
  local codes = require("engine.codes")
  local json = require("core.json")
  local list = json.array()
  for i, code in ipairs(codes.list()) do
    list[i] = { code = code, title = codes.get(code).title }
  end
  if cx.format == "json" then
    cx.out:write(json.encode({ schema = "clnrm.codes/1", codes = list }) .. "\n")
    return exit_codes.OK
  end
  for _, entry in ipairs(list) do
    cx.out:write(("%s  %s\n"):format(entry.code, entry.title))
  end
  return exit_codes.OK
end

local function indented(text)
  return (text:gsub("[^\n]+", "    %0"))
end

--- Shows a page.
---@param cx engine.cli.Context
---@param code string
---@param page engine.codes.Page
---@return integer exit_code
function M.show(cx, code, page)
  local example = page.example or {}
  if cx.format == "json" then
    local fields = { schema = "clnrm.code/1", code = code, title = page.title, text = page.text }
    fields.lang = example.bad and (example.lang or "toml"):gsub("^lint%-", "") or nil
    fields.bad, fields.good = example.bad, example.good
    cx.out:write(require("core.json").encode(fields) .. "\n")
    return exit_codes.OK
  end
  local style = require("engine.ui.style")
  local text = style.paint(cx.out.color, "bold", code .. ": " .. page.title) .. "\n\n" .. page.text
  text = text:gsub("\n*$", "\n")
  if example.bad then
    local word = page.rule and "the finding" or "the error"
    text = text .. ("\nGives %s:\n\n"):format(word) .. indented(example.bad)
      .. "\nMade right:\n\n" .. indented(example.good)
  end
  require("engine.ui.pager").show(cx.out, (text:gsub("\n*$", "\n")))
  return exit_codes.OK
end

function M.run(cx)
  local refused = cx:check_args(1)
  if refused then
    return refused
  end
  local codes = require("engine.codes")
  if not cx.args[1] then
    return all(cx)
  end
  local page, code = codes.get(cx.args[1])
  if not page and code:find("^X%d%d%d$") then
    cx:error(("%s is a rule of the project: clnrm lint --explain %s"):format(code, code))
    return exit_codes.INPUT
  elseif not page then
    local near = require("engine.suggest").nearest(code, codes.list())
    cx:error(("there is no code '%s'"):format(cx.args[1]),
      near and ("did you mean '%s'?"):format(near), "`clnrm explain` lists them all")
    return exit_codes.INPUT
  end
  return M.show(cx, code, page)
end

return M
