--- The page of a rule of lint: for `clnrm explain`, docs/rules.md and SARIF.
---@class engine.lint.page
local M = {}

local FIXES = {
  safe = "It is fixed by `clnrm lint --fix`.",
  unsafe = "It is fixed by `clnrm lint --fix --unsafe-fixes`: the fix may change what is tested.",
}

local function options_of(rule)
  local names, out = {}, {}
  for name in pairs(rule.options or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local option = rule.options[name]
    local default = option.default
    if type(default) == "table" then
      default = "[" .. table.concat(default, ", ") .. "]"
    end
    out[#out + 1] = ("- `%s` (%s, default %s)%s"):format(name, option.type, tostring(default),
      option.text and ": " .. option.text or "")
  end
  return out[1] and ("Options, in `[lint.options.%s]`:\n\n%s"):format(rule.code,
    table.concat(out, "\n"))
end

--- What a page says of a rule that says no more of itself than its title.
local function unwritten(rule, file)
  local which = rule.severity == "error" and "an error" or "a warning"
  return ("The rule `%s` of the project, in %s: what it tells is %s. `docs.why` of it would say "
    .. "why."):format(rule.name, file or "lint/", which)
end

--- Makes the page.
---@param rule engine.lint.Rule
---@param file? string where a rule of the project stands, as it is shown
---@return engine.codes.Page
---@nodiscard
function M.of(rule, file)
  local parts = { rule.docs.why and rule.docs.why:gsub("%s+$", "") .. "" or unwritten(rule, file) }
  parts[#parts + 1] = FIXES[rule.fix]
  parts[#parts + 1] = rule.default == false
    and ("The rule is off unless it is selected: `--extend-select %s`."):format(rule.code) or nil
  parts[#parts + 1] = options_of(rule)
  local lang = "lint-" .. (rule.lang or "toml")
  return {
    title = rule.docs.summary,
    text = table.concat(parts, "\n\n"),
    rule = rule,
    example = rule.docs.bad and rule.docs.good
      and { lang = lang, bad = rule.docs.bad, good = rule.docs.good }
      or { none = "its tests have some" },
  }
end

return M
