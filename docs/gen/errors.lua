--- docs/errors.md, from the pages of engine.codes.
local codes = require("engine.codes")

local HEAD = [[
# Codes of diagnostics

Every message of clnrm about a file, a run or its surroundings has a code that never changes its
meaning. `clnrm explain CODE` prints the same text. This page is generated:
`clnrm lua docs/gen.lua`.
]]

local function add_example(out, word, text)
  out[#out + 1] = word .. ":\n\n```toml\n" .. text:gsub("%z", "\\0") .. "```\n"
end

local function add_page(out, code, page)
  out[#out + 1] = ("### %s: %s\n"):format(code, page.title)
  out[#out + 1] = page.text .. "\n"
  if page.bad then
    add_example(out, "Wrong", page.bad)
    add_example(out, "Right", page.good)
  end
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
    if #own > 0 then
      out[#out + 1] = ("## %s: %s\n"):format(family.letter, family.title)
      for _, code in ipairs(own) do
        add_page(out, code, codes.get(code))
      end
    end
  end
  return table.concat(out, "\n")
end

return { file = "docs/errors.md", make = make }
