--- The service modules in Podman that `make check` does not run there, which it does in Docker.
local modules = dofile("tests/e2e/module_support.lua")

describe("a service module in Podman", function()
  local engine, why = modules.engines.podman()

  for _, name in ipairs({ "http", "nginx", "prometheus", "mariadb", "rabbitmq" }) do
    it("works, and ends with its room: " .. name, function()
      if not engine then
        pending(why)
        return
      end
      modules.check(name, engine)
    end)
  end
end)
