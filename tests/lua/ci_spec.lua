local ci = require("engine.ci")
local links = require("engine.ui.link")
local profile = require("engine.config.profile")
local progress = require("engine.ui.progress")
local stream = require("engine.ui.stream")

--- The environment of a terminal that can show all, with a value of CI.
local function with(value)
  return function(name)
    return ({ CI = value, TERM = "xterm-256color", TERM_PROGRAM = "vscode", VTE_VERSION = "7000",
      COLORTERM = "truecolor" })[name]
  end
end

describe("the variable CI", function()
  it("switches on what is for CI services, everywhere by the same words", function()
    for _, value in ipairs({ "1", "true", "yes", "woodpecker" }) do
      local env = with(value)
      assert.is_true(ci.is_set(env))
      assert.equal("ci", (profile.wanted(nil, env)))
      assert.is_false(stream.wants_color("auto", true, env))
      assert.is_false(links.wants("auto", true, env))
    end
  end)

  it("is off where it is 0, false or empty, everywhere", function()
    for _, value in ipairs({ "", "0", "false", "FALSE" }) do
      local env = with(value)
      assert.is_false(ci.is_set(env))
      assert.equal("default", (profile.wanted(nil, env)))
      assert.is_true(stream.wants_color("auto", true, env))
      assert.is_true(links.wants("auto", true, env))
      assert.equal("bar", progress.settle("auto", { is_tty = true }, env))
    end
    assert.is_false(ci.is_set(function() end))
  end)
end)
