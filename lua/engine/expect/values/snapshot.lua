--- `snapshot`: a value against what is stored of it.  Not pure: it reads and writes files.
local base = require("engine.expect.values.base")

local NAME_MAX = 200

local function is_name(value)
  return base.is_some_text(value) and #value <= NAME_MAX and not value:find("%c")
end

---@type table<string, engine.expect.ValueMatcher>
return {
  snapshot = {
    code = "T801",
    is_stored = true,
    pack = function(args, negated)
      if negated then
        return nil, "snapshot() cannot be negated: what is not stored is everything else"
      end
      return base.one("snapshot", "a name: a text of one line, at most 200 bytes", is_name)(args)
    end,
    check = function(actual, expected, ctx)
      local cut = (ctx.cut or 0) ~= 0 and { cut = ctx.cut } or nil
      return require("engine.script.snapshot").check(actual, expected[1], cut)
    end,
    says = base.says("is the snapshot"),
  },
}
