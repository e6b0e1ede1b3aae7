--- Examples of family H: hermeticity.  See engine.codes for the form.
---@type table<string, engine.codes.Example>
return {
  H008 = { none = "it needs a machine with cgroups for clnrm, as in tests/e2e/policy_spec.lua" },
  H009 = { none = "it needs a machine where clnrm may make no cgroups" },
  H010 = { none = "it needs a machine with cgroups for clnrm, as in tests/e2e/limits_spec.lua" },
  H011 = { none = "it needs a machine with cgroups for clnrm, as in tests/e2e/limits_spec.lua" },
}
