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
}

local rules

--- Loads the rules, once.
---@return engine.lint.Rule[]
function M.list()
  if not rules then
    rules = {}
    for i, name in ipairs(M.names) do
      rules[i] = require("engine.lint.rules." .. name:gsub("-", "_"))
    end
  end
  return rules
end

--- Finds a rule by its code or its name.
---@param wanted string
---@return engine.lint.Rule?
function M.find(wanted)
  for _, rule in ipairs(M.list()) do
    if rule.code == wanted:upper() or rule.name == wanted:lower() then
      return rule
    end
  end
end

return M
