local keys = require("engine.config.keys")
local variables = require("engine.config.variables")

describe("engine.config.variables", function()
  it("finds what is near a setting, with both beginnings", function()
    assert.same({
      { name = "CLNRM_JOB", meant = "CLNRM_JOBS" },
      { name = "CLNRM_FAILFAST", meant = "CLNRM_FAIL_FAST" },
      { name = "CLEANROOM_RETRIS", meant = "CLEANROOM_RETRIES" },
      { name = "CLNRM_PROFIL", meant = "CLNRM_PROFILE" },
    }, variables.misspelt({
      "CLNRM_JOB", "CLNRM_FAILFAST", "CLEANROOM_RETRIS", "CLNRM_PROFIL", "OTHER_JOB",
    }))
  end)

  it("takes no setting for a misspelt one", function()
    local names = { "CLNRM_PROFILE", "CLNRM_LUA_DIR", "CLNRM_PAGER" }
    for _, key in ipairs(keys.list) do
      if key.env then
        names[#names + 1] = "CLNRM_" .. key.env
        names[#names + 1] = "CLEANROOM_" .. key.env
      end
    end
    assert.is_true(#names > 20)
    assert.same({}, variables.misspelt(names))
  end)

  it("leaves alone what others set: clnrm for hooks and steps, projects, its own tests", function()
    local names = { "CLNRM", "CLNRM_" }
    for name in ([[
      HOOK RUN_ID FILE CELL SCENARIO SEED IMAGE TOKEN HOME VERSION VARIANT CORPORA AGENT ROOT
      ENGINES ENGINES_OWNER FUZZ GOLDEN
    ]]):gmatch("%S+") do
      names[#names + 1] = "CLNRM_" .. name
    end
    assert.same({}, variables.misspelt(names))
  end)

  it("lists what the program was started with", function()
    local listed = {}
    for _, name in ipairs(variables.names()) do
      assert.matches("^CL[NE]", name)
      listed[name] = true
    end
    assert.equal(os.getenv("CLNRM_ROOT") ~= nil, listed.CLNRM_ROOT == true)
    assert.equal(os.getenv("CLNRM_LUA_DIR") ~= nil, listed.CLNRM_LUA_DIR == true)
  end)
end)
