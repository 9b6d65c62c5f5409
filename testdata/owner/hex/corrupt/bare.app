{application, bare, bare}.
