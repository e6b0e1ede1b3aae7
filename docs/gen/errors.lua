--- docs/errors.md, from the pages of engine.codes.
local codes = require("engine.codes")
local world = require("engine.codes.world")

local HEAD = [[
# Codes of diagnostics

Every message of clnrm about a file, a run or its surroundings has a code that never changes its
meaning. `clnrm explain CODE` prints the same text. This page is generated:
`make docs`.
]]

local FENCE = { toml = "toml", ["clnrm.toml"] = "toml", lua = "lua", sh = "sh" }
local WIDE = 200 -- characters of a line of an example

--- Shows what no page can hold: control characters, and lines that are long for their own sake.
local function printable(text)
  text = text:gsub("\r\n", "\\r\\n\n"):gsub("[%z\1-\8\11-\31\128-\255]", function(byte)
    return utf8.len(text) and byte:byte() >= 128 and byte or ("\\x%02x"):format(byte:byte())
  end)
  return (text:gsub("[^\n]+", function(line)
    return #line > WIDE and line:sub(1, WIDE // 2) .. " …" or line
  end))
end

local function add_example(out, word, text, lang)
  local fence = FENCE[lang or "toml"]
  if fence == "lua" and not load(text, "=example", "t") then
    fence = "text" -- tests/e2e/docs_lua_spec.lua reads what is said to be Lua
  end
  out[#out + 1] = ("%s:\n\n```%s\n%s```\n"):format(word, fence, printable(text))
end

local function add_page(out, code, page)
  out[#out + 1] = ("### %s: %s\n"):format(code, page.title)
  out[#out + 1] = page.text .. "\n"
  local example = page.example
  if example and example.bad then
    add_example(out, "Wrong", example.bad, example.lang)
    add_example(out, "Right", example.good, example.lang)
  elseif example then
    out[#out + 1] = ("There is no example: %s.\n"):format(example.none)
  end
end

local WORLD = [[
## Codes of errors in Lua

What the world refuses comes as `nil, err`; `err.code` is one of these, or the kernel's own name, as
errno(3) explains it (`ENOENT`, `EACCES`, `ETIMEDOUT`).

| Code | Meaning |
| --- | --- |
]]

--- Adds the codes of core.Error.
local function add_world(out)
  local rows = {}
  for code, text in pairs(world) do
    rows[#rows + 1] = ("| `%s` | %s |\n"):format(code, text)
  end
  table.sort(rows)
  out[#out + 1] = WORLD .. table.concat(rows)
end

local function make()
  local out = { HEAD }
  for _, family in ipairs(codes.families()) do
    local own = {}
    for _, code in ipairs(codes.list()) do
      if code:sub(1, 1) == family.letter then
        own[#own + 1] = code
      end
    end
    if family.letter == "L" then
      out[#out + 1] = "## L: Lint\n\nThe rules of lint have a page: [rules](rules.md).\n"
    elseif #own > 0 then
      out[#out + 1] = ("## %s: %s\n"):format(family.letter, family.title)
      for _, code in ipairs(own) do
        add_page(out, code, codes.get(code))
      end
    end
  end
  add_world(out)
  return table.concat(out, "\n")
end

return { file = "docs/errors.md", make = make }
