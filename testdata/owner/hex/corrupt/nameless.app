{application, "", []}. {application, b, []}.
