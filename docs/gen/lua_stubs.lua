--- stdlib/_meta/clnrm*.lua, from the table of the Lua API: types for editors.
local pages = {}
for i, stub in ipairs(require("engine.api.stubs").list()) do
  pages[i] = { file = "stdlib/_meta/" .. stub.name, make = stub.make }
end
return pages
