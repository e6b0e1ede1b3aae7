--- The rules of lint: one module engine.lint.rules.NAME each, in the order of their codes.
---@class engine.lint.catalogue
local M = {}

--- Families of codes, by their first digit.
M.families = {
  { digit = "0", title = "Correctness and evidence" },
  { digit = "1", title = "Hermeticity" },
  { digit = "2", title = "Tracing" },
  { digit = "3", title = "Performance" },
  { digit = "4", title = "Style" },
  { digit = "5", title = "Lua tests" },
  { digit = "6", title = "Old spellings (`clnrm migrate`)" },
  { digit = "9", title = "Suppressions" },
}

M.names = {
  "no-evidence",
  "vacuous-expectation",
  "command-as-text",
  "unused-service",
  "health-check-cycle",
  "unused-capture",
  "shell-syntax-in-list",
  "hidden-exit-code",
  "timeout-never-reached",
  "no-expectation",
  "any-failure",
  "reserved-port",
  "writable-project",
  "secret-in-plain-text",
  "odd-variable-name",
  "unpinned-image",
  "home-path",
  "network-in-step",
  "inherited-environment",
  "unseeded-random",
  "clock-in-template",
  "impossible-order",
  "bad-glob",
  "exporter-without-endpoint",
  "span-of-any-name",
  "sleep-in-step",
  "slow-probe",
  "repeated-tag",
  "redundant-default",
  "padded-name",
  "focused-test",
  "sleep-in-test",
  "unchecked-command",
  "old-key",
  "old-identity",
  "old-table",
  "flat-hermeticity",
  "old-output-key",
  "timeout-in-ms",
  "pairs-as-list",
  "suppression-without-reason",
  "unused-suppression",
  "unread-suppression",
}

local LATER = { docs = true, tests = true, visit = true }

local rules

local function module_of(name)
  return "engine.lint.rules." .. name:gsub("-", "_")
end

--- What the list of rules says of one; the rest is in its module.
---@param rule engine.lint.Rule
---@return engine.lint.catalogue.Entry
---@nodiscard
function M.entry(rule)
  local kinds = {}
  for kind in pairs(rule.visit) do
    kinds[#kinds + 1] = kind
  end
  table.sort(kinds)
  return {
    code = rule.code, name = rule.name, severity = rule.severity, default = rule.default,
    fix = rule.fix, lang = rule.lang, options = rule.options, needs = rule.needs, kinds = kinds,
    summary = rule.docs.summary,
  }
end

---@class engine.lint.catalogue.Entry: engine.lint.Rule
---@field kinds string[]  of nodes that it visits
---@field summary string

local Entry = {}

function Entry.__index(self, field)
  return LATER[field] and require(module_of(self.name))[field] or nil
end

--- Whether the rules are what engine.lint.index was made of: neither a project nor who works on
--- clnrm replaces a module.
---@return boolean
---@nodiscard
function M.is_our_own()
  return (os.getenv("CLNRM_LUA_DIR") or "") == ""
    and not require("engine.loader").is_overridden("engine")
end

--- Lists the rules; the module of one is loaded when it is needed.
---@return engine.lint.catalogue.Entry[]
function M.list()
  if not rules then
    rules = M.is_our_own() and require("engine.lint.index") or {}
    for i, name in ipairs(M.names) do
      rules[i] = setmetatable(rules[i] or M.entry(require(module_of(name))), Entry)
    end
  end
  return rules
end

--- Finds a rule by its code or its name.
---@param wanted string
---@return engine.lint.catalogue.Entry?
function M.find(wanted)
  for _, rule in ipairs(M.list()) do
    if rule.code == wanted:upper() or rule.name == wanted:lower() then
      return rule
    end
  end
end

return M
