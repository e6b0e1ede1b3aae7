--- The types that a key of a test file can have.
---
--- A type is plain data with one function: `check(self, value, cx, t, k)` looks at `t[k]`, tells
--- `cx` what is wrong with it, and returns the value as the model wants it, or nil.  `expects`
--- completes "must be …", `sample` is TOML that is right: documentation and tests use both.
local common = require("engine.model.types.common")
local compound = require("engine.model.types.compound")
local process = require("engine.model.types.process")
local scalar = require("engine.model.types.scalar")

---@class engine.model.Type
---@field kind string
---@field expects string
---@field plural? string  completes "a list of …"
---@field sample string
---@field check fun(self: table, value: any, cx: engine.model.Context, t: table, k: any): any

---@class engine.model.types
return {
  HUGE = scalar.HUGE,
  any = scalar.any,
  argument = scalar.argument,
  boolean = scalar.boolean,
  command = process.command,
  duration = scalar.duration,
  either = compound.either,
  env = process.env,
  env_name = process.env_name,
  integer = scalar.integer,
  lazy = compound.lazy,
  list = compound.list,
  map = compound.map,
  name = scalar.name,
  number = scalar.number,
  one_of = scalar.one_of,
  refuse = common.refuse,
  regex = scalar.regex,
  span = scalar.span,
  text = scalar.text,
  wrong_type = common.wrong_type,
}
