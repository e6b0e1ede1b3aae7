# install.mk -- installation; included by the Makefile.  DESTDIR and PREFIX as everywhere.

BINDIR  = $(DESTDIR)$(PREFIX)/bin
LIBDIR  = $(DESTDIR)$(PREFIX)/lib/clnrm
DOCDIR  = $(DESTDIR)$(PREFIX)/share/doc/clnrm
STUBDIR = $(DESTDIR)$(PREFIX)/share/clnrm/luals
STRIP   = $(if $(filter release,$(VARIANT)),-s)
REFDOCS = $(wildcard docs/reference/*.md)

install: all ## install under PREFIX (/usr/local), honours DESTDIR
	install -d '$(BINDIR)' '$(LIBDIR)' '$(DOCDIR)/docs/reference' '$(STUBDIR)'
	install $(STRIP) -m 755 $(B)/clnrm '$(BINDIR)/clnrm'
	$(if $(PLUGINS),install $(STRIP) -m 644 $(PLUGINS) '$(LIBDIR)/')
	install -m 644 $(wildcard stdlib/_meta/*.lua) '$(STUBDIR)/'
	install -m 644 README.md CONTRIBUTING.md CHANGELOG.md LICENSE '$(DOCDIR)/'
	install -m 644 $(wildcard docs/*.md) '$(DOCDIR)/docs/'
	$(if $(REFDOCS),install -m 644 $(REFDOCS) '$(DOCDIR)/docs/reference/')

uninstall: ## remove what `make install` put there
	rm -f '$(BINDIR)/clnrm'
	rm -rf '$(LIBDIR)' '$(DOCDIR)' '$(STUBDIR)'
	rmdir '$(DESTDIR)$(PREFIX)/share/clnrm' 2>/dev/null || true

.PHONY: install uninstall
