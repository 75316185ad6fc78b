"""Routes of accounts: `urlpatterns` hang below /api/v1/, `public_urlpatterns` at the root."""

from django.urls import path

from accounts.views import api_keys, auth, users, well_known

urlpatterns = [
    path("auth/register", auth.RegisterView.as_view(), name="register"),
    path("auth/login", auth.LoginView.as_view(), name="login"),
    path("auth/refresh", auth.RefreshView.as_view(), name="refresh"),
    path("auth/logout", auth.LogoutView.as_view(), name="logout"),
    path("auth/password/change", auth.ChangePasswordView.as_view(), name="password-change"),
    path("auth/email/verify", auth.VerifyEmailView.as_view(), name="email-verify"),
    path("auth/health", auth.AuthHealthView.as_view(), name="auth-health"),
    path("users/profile", users.ProfileView.as_view(), name="profile"),
    path("users/sessions", users.SessionListView.as_view(), name="sessions"),
    path("users/sessions/<uuid4:session_id>", users.SessionView.as_view(), name="session"),
    path("users/api-keys", api_keys.ApiKeyListView.as_view(), name="api-keys"),
    path("users/api-keys/<uuid4:api_key_id>", api_keys.ApiKeyView.as_view(), name="api-key"),
]
public_urlpatterns = [path(".well-known/jwks.json", well_known.JsonWebKeySetView.as_view(), name="jwks")]
