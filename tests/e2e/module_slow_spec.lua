--- The service modules whose servers start slowly, in Docker.
local modules = dofile("tests/e2e/module_support.lua")

describe("a service module in Docker", function()
  local engine, why = modules.engines.engine()

  for _, name in ipairs({ "mariadb", "rabbitmq" }) do
    it("works, and ends with its room: " .. name, function()
      if not engine then
        pending(why)
        return
      end
      modules.check(name, engine)
    end)
  end
end)
