# -*- encoding: utf-8 -*-
# stub: hello 1.0.0 ruby lib

Gem::Specification.new do |s|
  s.name = "hello".freeze
  s.version = "1.0.0"

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.require_paths = ["lib".freeze]
  s.authors = ["Nobody".freeze]
  s.bindir = "exe".freeze
  s.date = "2023-11-14"
  s.description = "Made for a test, else good for nothing.".freeze
  s.executables = ["hello".freeze]
  s.files = ["exe/hello".freeze, "lib/hello.rb".freeze]
  s.homepage = "https://example.org".freeze
  s.licenses = ["MIT".freeze]
  s.rubygems_version = "3.3.15".freeze
  s.summary = "Made for a test, else good for nothing.".freeze

  s.installed_by_version = "3.3.15" if s.respond_to? :installed_by_version

  if s.respond_to? :specification_version then
    s.specification_version = 4
  end

  if s.respond_to? :add_runtime_dependency then
    s.add_runtime_dependency(%q<greet>.freeze, ["~> 2.1"])
    s.add_development_dependency(%q<only-dev>.freeze, [">= 0"])
  else
    s.add_dependency(%q<greet>.freeze, ["~> 2.1"])
    s.add_dependency(%q<only-dev>.freeze, [">= 0"])
  end
end
