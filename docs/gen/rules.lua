--- docs/rules.md, from the rules of lint themselves.
local catalogue = require("engine.lint.catalogue")
local codes = require("engine.codes")

local HEAD = [[
# Rules of lint

What `clnrm lint` finds beyond what `clnrm run` refuses. `clnrm explain L031` prints the same text,
and each example is a test. This page is generated: `make docs`. How rules are chosen,
suppressed and fixed: [lint](lint.md).

| Rule | Name | | Fix | |
| --- | --- | --- | --- | --- |
]]

local function add_rule(out, rule)
  local page = codes.get(rule.code)
  local lang = rule.lang or "toml"
  out[#out + 1] = ("### %s: %s\n\n`%s`, %s\n\n%s\n"):format(rule.code, page.title, rule.name,
    rule.severity, page.text)
  for _, which in ipairs({ { "Wrong", rule.docs.bad }, { "Right", rule.docs.good } }) do
    if which[2] then
      out[#out + 1] = ("%s:\n\n```%s\n%s```\n"):format(which[1], lang, which[2])
    end
  end
end

local function make()
  local out = { HEAD:sub(1, -2) }
  for _, rule in ipairs(catalogue.list()) do
    out[#out + 1] = ("| %s | %s | %s%s | %s | %s |"):format(rule.code, rule.name, rule.severity,
      rule.default == false and ", off" or "", rule.fix and rule.fix ~= "none" and rule.fix or "",
      rule.docs.summary)
  end
  out[#out + 1] = ""
  for _, family in ipairs(catalogue.families) do
    local has_title = false
    for _, rule in ipairs(catalogue.list()) do
      if rule.code:sub(2, 2) == family.digit then
        if not has_title then
          out[#out + 1] = ("## L%s: %s\n"):format(family.digit, family.title)
          has_title = true
        end
        add_rule(out, rule)
      end
    end
  end
  local unusable = codes.get("L990")
  out[#out + 1] = ("### L990: %s\n\n%s"):format(unusable.title, unusable.text)
  return table.concat(out, "\n") .. "\n"
end

return { file = "docs/rules.md", make = make }
